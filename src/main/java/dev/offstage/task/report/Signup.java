package dev.offstage.task.report;

import java.time.Instant;

/** A line of a report. */
record Signup(Instant at, String name, String email) {}
