package dev.offstage.job.ledger;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

import dev.offstage.job.JobState;

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
