package dev.offstage.config;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Of which job types a worker runs jobs: of those that are named, or, if a minus stands before each name, of all others.
 *
 * @param types that are named, at least one
 * @param others whether it is the others
 */
public record LaneSelection(Set<String> types, boolean others) {

    private static final String NOT = "-";

    /**
     * @param written such as {@code report,cohorts} or {@code -report,-cohorts}
     * @throws IllegalArgumentException if some names have a minus and some have none
     */
    public static LaneSelection of(String written) {
        List<String> names = List.of(written.strip().split("\\s*,\\s*"));
        boolean others = names.get(0).startsWith(NOT);
        if (names.stream().anyMatch(name -> name.startsWith(NOT) != others)) {
            throw new IllegalArgumentException(
                    "names types with and without a minus: name either those that this process"
                            + " runs, such as report,cohorts, or with a minus each of those that it does not run.");
        }
        return new LaneSelection(
                names.stream().map(name -> others ? name.substring(NOT.length()) : name).collect(Collectors.toSet()),
                others);
    }

    public boolean has(String type) {
        return types.contains(type) != others;
    }
}
