package dev.offstage.storage;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;

import org.postgresql.core.QueryExecutor;
import org.postgresql.core.v3.TypeTransferModeRegistry;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.HostSpec;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

import io.quarkus.runtime.annotations.RegisterForProxy;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * A connection that does not survive an error in the midst of an answer. An {@link OutOfMemoryError}, say, leaves the rest of the answer
 * unread, and the next statement would take it for its own. All that goes to PostgreSQL goes through the executor: what it throws, other
 * than what PostgreSQL said, closes the connection, and is told as a failure of the connection, for which the pool drops it.
 */
@RegisterForProxy(targets = QueryExecutor.class)
@RegisterForReflection(targets = {QueryExecutor.class, TypeTransferModeRegistry.class, Object.class})
final class GuardedConnection extends PgConnection {

    private static final Set<String> READS = Set.of("execute", "fetch", "fastpathCall", "processNotifies");

    private final QueryExecutor guarded;

    GuardedConnection(HostSpec[] hosts, Properties properties, String url) throws SQLException {
        super(hosts, properties, url);
        this.guarded = guard(super.getQueryExecutor());
    }

    /** The connection's own until it is set up. */
    @Override
    public QueryExecutor getQueryExecutor() {
        return guarded == null ? super.getQueryExecutor() : guarded;
    }

    private QueryExecutor guard(QueryExecutor executor) {
        return (QueryExecutor) Proxy.newProxyInstance(QueryExecutor.class.getClassLoader(),
                new Class<?>[]{QueryExecutor.class}, (proxy, method, arguments) -> call(executor, method, arguments));
    }

    private static Object call(QueryExecutor executor, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(executor, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (READS.contains(method.getName()) && (!(cause instanceof SQLException) || isOfAnError(cause))) {
                executor.abort();
                throw new PSQLException("An error broke off what was being read from PostgreSQL.",
                        PSQLState.CONNECTION_FAILURE, cause);
            }
            throw cause;
        }
    }

    /** The driver goes on after some when it has skipped what it had no room for, and may skip too much. */
    private static boolean isOfAnError(Throwable failure) {
        return failure != null && (failure instanceof Error || isOfAnError(failure.getCause()));
    }
}
