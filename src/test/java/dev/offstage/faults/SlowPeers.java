package dev.offstage.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;

/** Connections that begin something and go on with it slowly or not at all; one that is closed is opened again. */
final class SlowPeers implements AutoCloseable {

    private static final int RECEIVE_BUFFER = 4_096;
    /** A flood of requests is another fault: see {@link OverloadIT}. */
    private static final int MOST_A_ROUND = 50;
    private static final long ROUND_MILLIS = 250;

    /** One connection, which is opened again and again. */
    private static final class Peer {

        private final String address;
        private final String beginning;
        private final String onAndOn;
        private SocketChannel channel;

        Peer(String address, String beginning, String onAndOn) {
            this.address = address;
            this.beginning = beginning;
            this.onAndOn = onAndOn;
        }
    }

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<Peer> peers = new ArrayList<>();
    private final AtomicLong opened = new AtomicLong();
    private final int port;

    SlowPeers(int port) {
        this.port = port;
    }

    /**
     * So many, from this many addresses that begin here.
     *
     * @param firstAddress the last number of an address of this machine
     * @param onAndOn sent four times a second; nothing where it is empty
     */
    SlowPeers add(int count, int firstAddress, int addresses, String beginning, String onAndOn) {
        for (int i = 0; i < count; i++) {
            peers.add(new Peer("127.0.0." + (firstAddress + i % addresses), beginning, onAndOn));
        }
        return this;
    }

    SlowPeers start() {
        timer.scheduleWithFixedDelay(this::goOn, 0, ROUND_MILLIS, TimeUnit.MILLISECONDS);
        return this;
    }

    /** How many connections there were. */
    long opened() {
        return opened.get();
    }

    private void goOn() {
        long most = opened.get() + MOST_A_ROUND;
        for (Peer peer : peers) {
            try {
                if (peer.channel == null || isClosed(peer)) {
                    if (opened.get() < most) {
                        open(peer);
                    }
                } else if (!peer.onAndOn.isEmpty()) {
                    send(peer, peer.onAndOn);
                }
            } catch (IOException reset) {
                peer.channel = null; // opened again in the next round
            }
        }
    }

    private void open(Peer peer) throws IOException {
        peer.channel = SocketChannel.open();
        peer.channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
        peer.channel.bind(new InetSocketAddress(peer.address, 0));
        peer.channel.connect(new InetSocketAddress("127.0.0.1", port));
        peer.channel.configureBlocking(false);
        opened.incrementAndGet();
        send(peer, peer.beginning);
    }

    private static void send(Peer peer, String text) throws IOException {
        peer.channel.write(ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
    }

    /** Reads one byte, which is slow enough. */
    private static boolean isClosed(Peer peer) throws IOException {
        if (peer.channel.read(ByteBuffer.allocate(1)) >= 0) {
            return false;
        }
        peer.channel.close();
        peer.channel = null;
        return true;
    }

    @Override
    public void close() throws IOException {
        timer.shutdown();
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(timer::isTerminated);
        for (Peer peer : peers) {
            if (peer.channel != null) {
                peer.channel.close();
            }
        }
    }
}
