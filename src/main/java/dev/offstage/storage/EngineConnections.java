package dev.offstage.storage;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalPoolInterceptor;
import io.agroal.api.cache.ConnectionCache;
import io.agroal.api.configuration.AgroalDataSourceConfiguration;
import io.agroal.api.configuration.supplier.AgroalConnectionPoolConfigurationSupplier;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.transaction.TransactionIntegration;
import io.agroal.pool.DataSource;

/**
 * A second pool with everything that is set for the first one, {@code quarkus.datasource.*}. Sixty slow requests may hold all
 * connections of the first one for seconds. If the heartbeat waited behind them, other processes would take this worker
 * for dead and run its jobs a second time.
 */
@Singleton
class EngineConnections {

    @Produces
    @Singleton
    @Engine
    AgroalDataSource connections(AgroalDataSource ofRequests, @Any Instance<AgroalPoolInterceptor> interceptors) {
        AgroalDataSourceConfiguration theirs = ofRequests.getConfiguration();
        AgroalConnectionPoolConfigurationSupplier pool = new AgroalConnectionPoolConfigurationSupplier(
                theirs.connectionPoolConfiguration())
                .connectionCache(ConnectionCache.none()) // a cache belongs to one pool
                .transactionIntegration(TransactionIntegration.none())
                .initialSize(0)
                .minSize(0)
                .maxSize(Engine.CONNECTIONS);
        DataSource ours = new DataSource(new AgroalDataSourceConfigurationSupplier().connectionPoolConfiguration(pool)
                .get());
        ours.setPoolInterceptors(interceptors.stream().toList());
        return ours;
    }

    void close(@Disposes @Engine AgroalDataSource connections) {
        connections.close();
    }
}
