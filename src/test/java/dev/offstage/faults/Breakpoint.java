package dev.offstage.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;

/**
 * Holds a process at the entry of a method, through Java's debug interface: so a test can kill it at exactly that
 * point, and the service needs no code for it.
 */
final class Breakpoint implements AutoCloseable {

    private static final long POLL_MS = 500;

    private final VirtualMachine machine;

    private Breakpoint(VirtualMachine machine) {
        this.machine = machine;
    }

    /** The option that makes a process listen for {@link #at(int, String, String)}. */
    static String option(int port) {
        return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + port;
    }

    /**
     * Attaches to a process.
     *
     * @param className of a class that is loaded already
     * @param method its name, or how the name of a lambda in it begins
     */
    static Breakpoint at(int port, String className, String method) throws Exception {
        VirtualMachine machine = attach(port);
        for (ReferenceType type : machine.classesByName(className)) {
            for (Method candidate : type.methods()) {
                if (isCalled(candidate, method) && !candidate.isAbstract()) {
                    arm(machine, candidate);
                }
            }
        }
        if (machine.eventRequestManager().breakpointRequests().isEmpty()) {
            throw new IllegalArgumentException("There is no " + className + "." + method);
        }
        return new Breakpoint(machine);
    }

    /** A lambda's name ends with a number. */
    private static boolean isCalled(Method candidate, String name) {
        return candidate.name().equals(name) || candidate.name().startsWith(name + "$");
    }

    /** Waits until a thread gets there; the whole process then stands still. */
    void await(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            EventSet events = machine.eventQueue().remove(POLL_MS);
            if (events != null && events.stream().anyMatch(BreakpointEvent.class::isInstance)) {
                return;
            }
            if (events != null) {
                events.resume();
            }
        }
        throw new AssertionError("Nobody got there within " + limit);
    }

    private static void arm(VirtualMachine machine, Method method) throws AbsentInformationException {
        BreakpointRequest request = machine.eventRequestManager()
                .createBreakpointRequest(method.allLineLocations().get(0));
        request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        request.enable();
    }

    private static VirtualMachine attach(int port) throws IOException, IllegalConnectorArgumentsException {
        AttachingConnector connector = Bootstrap.virtualMachineManager()
                .attachingConnectors()
                .stream()
                .filter(candidate -> candidate.transport().name().equals("dt_socket"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(Integer.toString(port));
        return connector.attach(arguments);
    }

    /** Lets go of the process, if it still lives. */
    @Override
    public void close() {
        try {
            machine.dispose();
        } catch (VMDisconnectedException e) {
            return; // it was killed, as it should be
        }
    }
}
