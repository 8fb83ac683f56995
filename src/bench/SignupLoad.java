import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Signs users up at a steady rate, whatever the answers take (an open loop), and prints how long they took from the
 * instant at which each was due: {@code java src/bench/SignupLoad.java [rate per second] [seconds] [warm-up seconds]}.
 */
public class SignupLoad {

    private static final URI SIGNUP = URI.create("http://127.0.0.1:8080/signup");

    public static void main(String[] arguments) throws InterruptedException {
        int rate = argument(arguments, 0, 100);
        int seconds = argument(arguments, 1, 30);
        int warmUp = argument(arguments, 2, 20);
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        if (warmUp > 0) {
            run(http, rate, warmUp);
        }
        System.out.println(run(http, rate, seconds));
    }

    private static int argument(String[] arguments, int index, int usual) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : usual;
    }

    private static String run(HttpClient http, int rate, int seconds) throws InterruptedException {
        int count = rate * seconds;
        long[] nanos = new long[count];
        Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
        CountDownLatch answers = new CountDownLatch(count);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            int request = i;
            long due = start + i * 1_000_000_000L / rate;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            http.sendAsync(signup(), HttpResponse.BodyHandlers.discarding()).whenComplete((answer, failure) -> {
                nanos[request] = System.nanoTime() - due;
                statuses.computeIfAbsent(failure == null ? answer.statusCode() : -1, status -> new LongAdder())
                        .increment();
                answers.countDown();
            });
        }
        answers.await(1, TimeUnit.MINUTES);
        Arrays.sort(nanos);
        return String.format("%d sign-ups at %d/s: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, statuses %s", count, rate,
                nanos[count / 2] / 1e6, nanos[count * 99 / 100] / 1e6, nanos[count * 999 / 1000] / 1e6, statuses);
    }

    private static HttpRequest signup() {
        String body = "{\"name\":\"Ada Lovelace\",\"email\":\"ada-" + UUID.randomUUID() + "@example.com\"}";
        return HttpRequest.newBuilder(SIGNUP)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }
}
