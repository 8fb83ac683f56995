package dev.offstage.http;

/**
 * The requests that are being served, and what their large bodies take of the heap: both are bounded. A small body, such as
 * a sign-up's, counts as a request only, so that nobody keeps it out with large ones.
 */
final class UnderWay {

    private static final long LARGEST_SMALL = 64 * 1024;

    private final int mostRequests;
    private final long mostBytes;
    private int requests;
    private long bytes;

    /** @param mostBytes of large bodies together; one alone is always let in */
    UnderWay(int mostRequests, long mostBytes) {
        this.mostRequests = mostRequests;
        this.mostBytes = mostBytes;
    }

    /**
     * @param body how many bytes of it are held in memory
     * @return false if the request has to come again later
     */
    synchronized boolean enter(long body) {
        long large = large(body);
        if (requests >= mostRequests || large > 0 && bytes > 0 && bytes + large > mostBytes) {
            return false;
        }
        requests++;
        bytes += large;
        return true;
    }

    /** @param body as it entered */
    synchronized void leave(long body) {
        requests--;
        bytes -= large(body);
    }

    private static long large(long body) {
        return body > LARGEST_SMALL ? body : 0;
    }
}
