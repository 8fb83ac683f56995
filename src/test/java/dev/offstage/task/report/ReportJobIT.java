package dev.offstage.task.report;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Inject;

import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** Reports of sign-ups of the year 2018, from the request for a job to a PDF that is read. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ReportJobIT {

    private static final int USERS = 5_000;
    private static final Period FEBRUARY = new Period(LocalDate.of(2018, 2, 1), LocalDate.of(2018, 2, 28));

    /** All of February, and one right before and one right after it. Several have the same time. */
    private static final String INSERT_USERS = """
            insert into app_user (id, email, email_key, name, created_at)
            select gen_random_uuid(), address, address, 'Ada', at
            from (select 'reported-' || i || '@example.com' as address,
                         timestamptz '2018-02-01 00:00:00Z' + (i / 3) * interval '24 minutes' as at
                  from generate_series(0, %d) as i
                  union all values ('reported-early@example.com', timestamptz '2018-01-31 23:59:59.999999Z'),
                                   ('reported-late@example.com', timestamptz '2018-03-01 00:00:00Z')) as users
            """.formatted(USERS - 1);
    private static final String JOB = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at)
            values ('%s', 'report', 'reported', '{}', 'scheduled', 1, now(), now() + interval '1 year')
            """;

    @Inject
    AgroalDataSource dataSource;

    @Inject
    ReportMaker maker;

    @Inject
    StoredReports reports;

    private void makeThePast() throws SQLException {
        execute(INSERT_USERS);
    }

    @AfterEach
    void removeThePast() throws SQLException {
        execute("delete from app_user where email like 'reported-%@example.com'",
                "delete from job where key = 'reported'");
    }

    @Test
    void aJobMakesAReportThatOperatorsDownload() throws Exception {
        makeThePast();
        UUID job = enqueue("{\"from\":\"2018-02-01\",\"to\":\"2018-02-28\"}");
        TestJobs.await(job, JobState.COMPLETED);

        Response answer = operator().get("/reports/" + job + ".pdf");

        answer.then()
                .statusCode(200)
                .contentType("application/pdf")
                .header("Content-Disposition", equalTo("inline; filename=\"sign-ups-2018-02-01-2018-02-28.pdf\""))
                .header("Content-Length", equalTo(Integer.toString(answer.asByteArray().length)))
                .header("Cache-Control", startsWith("private"));
        operator().header("If-None-Match", answer.header("ETag"))
                .get("/reports/" + job + ".pdf")
                .then()
                .statusCode(304);
        String text = text(answer.asByteArray());
        assertThat(text).contains("1 February 2018 – 28 February 2018");
        List<String> expected = emails(
                """
                        select email from app_user where created_at >= '2018-02-01 00:00:00Z' and created_at < '2018-03-01 00:00:00Z'
                        """);
        assertThat(expected).hasSize(USERS);
        assertThat(text.lines().filter(line -> line.contains("@")).map(line -> line.replaceFirst(".* ", "")))
                .containsExactlyInAnyOrderElementsOf(expected);
        operator().get("/jobs/" + job)
                .then()
                .body("progress.done", equalTo(USERS))
                .body("result.href", equalTo("/reports/" + job + ".pdf"))
                .body("result.signUps", equalTo(USERS));
    }

    @Test
    void whatIsCountedIsWhatIsListedWhoeverSignsUpMeanwhile() throws Exception {
        makeThePast();
        try (Connection connection = dataSource.getConnection();
                SignupSnapshot snapshot = new SignupSnapshot(connection, FEBRUARY)) {
            DailySignups counted = snapshot.count();
            execute("""
                    insert into app_user (id, email, email_key, name, created_at) values (gen_random_uuid(),
                    'reported-meanwhile@example.com', 'reported-meanwhile@example.com', 'Ada', '2018-02-28 12:00:00Z')
                    """);

            List<Signup> listed = new ArrayList<>();
            for (List<Signup> some = snapshot.next(); !some.isEmpty(); some = snapshot.next()) {
                listed.addAll(some);
            }

            assertThat(listed).hasSize(USERS).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
            assertThat(listed.stream().map(Signup::email).distinct()).hasSize(USERS);
            assertThat(counted.total()).isEqualTo(USERS);
            assertThat(counted.on(LocalDate.of(2018, 2, 28))).isEqualTo(listed.stream()
                    .filter(line -> line.at().toString().startsWith("2018-02-28"))
                    .count());
        }
    }

    @Test
    void anInterruptedReportIsMadeAnewAndAMadeOneIsNot() throws Exception {
        makeThePast();
        UUID job = UUID.randomUUID();
        execute(JOB.formatted(job));
        long files = temporaryFiles();

        assertThatThrownBy(() -> maker.make(job, FEBRUARY, (done, total) -> Thread.currentThread().interrupt()))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(reports.find(job)).isEmpty();
        assertThat(temporaryFiles()).isEqualTo(files);

        List<Long> progress = new ArrayList<>();
        Report made = maker.make(job, FEBRUARY, (done, total) -> progress.add(done));
        assertThat(progress).isSorted().endsWith((long) USERS);
        execute("delete from app_user where email like 'reported-1%@example.com'");
        assertThat(maker.make(job, FEBRUARY, (done, total) -> progress.clear())).isEqualTo(made);
        assertThat(progress).isNotEmpty();
        assertThat(reports.find(job)).isEqualTo(Optional.of(made));
    }

    private static long temporaryFiles() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("offstage-report-")).count();
        }
    }

    @Test
    void aReportThatIsNotThereIsNotFound() {
        operator().get("/reports/" + UUID.randomUUID() + ".pdf")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", containsString("There is no report"));
        operator().get("/reports/nonsense.pdf").then().statusCode(404);
        given().get("/reports/" + UUID.randomUUID() + ".pdf").then().statusCode(401);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {}                                                                | from
            {"from":"2018-02-01"}                                             | lastDays
            {"from":"2018-02-01","to":"2018-02-28","lastDays":7}              | lastDays
            {"from":"2018-02-01","to":"2018-02-30"}                           | \\"to\\" is no day
            {"from":"soon","to":"2018-02-28"}                                 | \\"from\\" is no day
            {"from":"2018-02-02","to":"2018-02-01"}                           | before it begins
            {"from":"1018-02-01","to":"2018-02-01"}                           | must lie between
            {"lastDays":0}                                                    | a number from 1
            {"lastDays":1000000}                                              | ten years
            {"lastDays":7,"mailTo":["nobody"]}                                | needs a name, an @ and a domain
            {"lastDays":7,"mailTo":[null]}                                    | Enter an e-mail address
            """)
    void aPeriodThatCannotBeMeantIsRefusedAtOnce(String payload, String reason) {
        operator().contentType(ContentType.JSON)
                .body("{\"type\":\"report\",\"payload\":" + payload + "}")
                .post("/jobs")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body(containsString(reason));
    }

    private static String text(byte[] pdf) throws IOException {
        try (PDDocument document = Loader.loadPDF(pdf)) {
            return new PDFTextStripper().getText(document);
        }
    }

    private List<String> emails(String sql) throws SQLException {
        List<String> emails = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                emails.add(rows.getString(1));
            }
        }
        return emails;
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = dataSource.getConnection(); var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static UUID enqueue(String payload) {
        return UUID.fromString(operator().contentType(ContentType.JSON)
                .body("{\"type\":\"report\",\"payload\":" + payload + "}")
                .post("/jobs")
                .then()
                .statusCode(201)
                .extract()
                .path("id"));
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
