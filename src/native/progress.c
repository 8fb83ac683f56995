/* What the builder asks a library of GraalVM that is written in C: for its own reports only. */
#include <jni.h>
#include <sys/resource.h>

#define OF_THE_BUILDER(name) JNICALL Java_com_oracle_svm_hosted_ProgressReporterCHelper_##name

JNIEXPORT jint OF_THE_BUILDER(getTerminalWindowColumns0)(JNIEnv *environment, jclass type) {
    return 120;
}

/* In bytes; Linux counts in kibibytes. */
JNIEXPORT jlong OF_THE_BUILDER(getPeakRSS0)(JNIEnv *environment, jclass type) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (jlong) usage.ru_maxrss * 1024 : -1;
}
