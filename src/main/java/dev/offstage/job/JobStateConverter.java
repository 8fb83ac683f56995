package dev.offstage.job;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

/** Job states stand in PostgreSQL as they do in JSON. */
@Converter
public class JobStateConverter implements AttributeConverter<JobState, String> {

    @Override
    public String convertToDatabaseColumn(JobState state) {
        return state.label();
    }

    @Override
    public JobState convertToEntityAttribute(String label) {
        return JobState.of(label).orElseThrow();
    }
}
