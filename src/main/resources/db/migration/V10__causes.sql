-- What an error comes from: the same for all jobs that fail for one reason, whatever address, id or number it names.
create function error_cause(error_class text, error_message text) returns text language sql immutable parallel safe as $$
    select regexp_replace(left(error_class || ': ' || error_message, 300),
        '[^\s<>()",;:]+@[^\s<>()"'',;:]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]+', '*', 'g')
$$;
