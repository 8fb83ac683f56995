package dev.offstage.task.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports, read back with another library than they are written with. */
class SignupReportTest {

    private static final LocalDate FIRST = LocalDate.of(2026, 1, 1);
    private static final LocalDate LAST = LocalDate.of(2026, 1, 31);
    private static final Period JANUARY = new Period(FIRST, LAST);
    private static final String LINE = "2026-01-\\d\\d \\d\\d:\\d\\d .*";

    @Test
    void everySignupIsListedOnceAndEachPageSaysWhichItIs() throws IOException {
        List<Signup> signups = IntStream.range(0, 1_240)
                .mapToObj(i -> signup(i * 31 / 1_240, "Somebody " + i, "user-" + i + "@example.com"))
                .toList();

        try (PDDocument pdf = written(signups)) {
            List<String> pages = pages(pdf);
            List<String> lines = pages.stream().flatMap(String::lines).filter(line -> line.matches(LINE)).toList();
            assertThat(lines).containsExactlyElementsOf(signups.stream()
                    .map(line -> "%s %tR %s %s".formatted(line.at().toString().substring(0, 10),
                            line.at().atOffset(ZoneOffset.UTC), line.name(), line.email()))
                    .toList());
            assertThat(pages).hasSizeGreaterThan(25)
                    .allMatch(page -> page.lines().filter("Date (UTC) Name E-mail"::equals).count() == 1);
            for (int i = 0; i < pages.size(); i++) {
                assertThat(pages.get(i).stripTrailing()).endsWith("page " + (i + 1) + " of " + pages.size());
            }
            assertThat(pages.get(0)).startsWith("Sign-ups")
                    .contains("1 January 2026 – 31 January 2026")
                    .containsPattern("(?s)Total.*\\b1,240\\b")
                    .containsPattern("(?s)A day on average.*\\b40\\.0\\b")
                    .containsPattern("(?s)Most on 1 January 2026.*\\b40\\b");
            assertThat(pdf.getDocumentInformation().getTitle()).isEqualTo("Sign-ups 2026-01-01 to 2026-01-31");
        }
    }

    @Test
    void aPageMoreBeginsWithTheLineThatIsOneTooMany() throws IOException {
        int fullPage = 0;
        while (pageCount(fullPage + 1) == 1) {
            fullPage++;
        }

        assertThat(fullPage).isBetween(20, 40);
        try (PDDocument pdf = written(many(fullPage + 1))) {
            assertThat(pages(pdf).get(1).lines().filter(line -> line.matches(LINE))).hasSize(1);
        }
    }

    private static int pageCount(int lines) throws IOException {
        try (PDDocument pdf = written(many(lines))) {
            return pdf.getNumberOfPages();
        }
    }

    @Test
    void aPeriodWithoutSignupsHasAPageThatSaysSo() throws IOException {
        try (PDDocument pdf = written(List.of())) {
            assertThat(pages(pdf)).singleElement()
                    .asString()
                    .contains("Nobody signed up in this period.", "page 1 of 1")
                    .doesNotContain("E-mail");
        }
    }

    @Test
    void textInAnyAlphabetCanBeFoundAndWhatTheFontLacksIsReplaced() throws IOException {
        List<String> names = List.of("Ольга Иванова", "Σωκράτης", "Ngũgĩ wa Thiong'o", "Đặng Thị Hạnh", "Ելենա",
                "😀 Ada", "李小龙", "山田さくら", "สมชาย ใจดี", "प्रिया शर्मा", "🎉 Bo 🌍", "தமிழ்");
        List<Signup> signups = new ArrayList<>(names.stream().map(name -> signup(3, name, "a@example.com")).toList());
        signups.add(signup(3, "김철", "kim@bücher.example"));
        signups.add(signup(3, "A\nB\tC", "b@example.com"));
        signups.add(signup(3, "👍\uD83C\uDFFD", "c@example.com"));
        signups.add(signup(3, "Zoe\u0308", "zoe@example.com"));

        try (PDDocument pdf = written(signups)) {
            String text = pages(pdf).get(0);
            assertThat(text).contains(names)
                    .contains("\uFFFD\uFFFD kim@bücher.example", "👍 c@example.com", "A B C b@example.com",
                            "Zoë zoe@example.com");
            for (var name : pdf.getPage(0).getResources().getFontNames()) {
                PDFont font = pdf.getPage(0).getResources().getFont(name);
                assertThat(font.isEmbedded()).as(font.getName()).isTrue();
            }
            assertThat(glyphs(pdf)).isNotEmpty().doesNotContain(0);
        }
    }

    /** The numbers of the glyphs that are drawn; 0 is what a font draws for a character that it does not have. */
    private static Set<Integer> glyphs(PDDocument pdf) throws IOException {
        Set<Integer> glyphs = new TreeSet<>();
        new PDFTextStripper() {
            @Override
            protected void processTextPosition(TextPosition text) {
                for (int code : text.getCharacterCodes()) {
                    try {
                        glyphs.add(((PDType0Font) text.getFont()).codeToGID(code));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }.getText(pdf);
        return glyphs;
    }

    @Test
    void namesThatAreReadFromRightToLeftAreSetSo() throws IOException {
        try (PDDocument pdf = written(List.of(signup(0, "דוד לוי", "david@example.com")))) {
            assertThat(pages(pdf).get(0)).contains("דוד לוי");
        }
    }

    @Test
    void whatIsTooLongForItsColumnIsCut() throws IOException {
        String name = "Wilhelmina ".repeat(9);
        String email = "a-very-long-local-part-that-goes-on-and-on@" + "a-long-domain.".repeat(10) + "example";

        try (PDDocument pdf = written(List.of(signup(0, name, email), signup(0, "😀".repeat(90), "c@example.com")))) {
            List<String> lines = pages(pdf).get(0).lines().filter(line -> line.matches(LINE)).toList();
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0)).matches(".* Wilhelmina Wilhelmina[^…]*… a-very-long-local-part-that-[^…]*…");
            assertThat(lines.get(1)).matches(".* (😀)+… c@example.com");
        }
    }

    @Test
    void aReportWhoseLinesAreNotThoseOfItsTotalsIsNone() {
        SignupReport report = new SignupReport(OutputStream.nullOutputStream(), counted(many(2)));
        report.add(many(1).get(0));

        assertThatThrownBy(report::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aHundredThousandLinesTakeNoMoreMemoryThanAFewThousand(@TempDir Path directory) throws IOException {
        int lines = 100_000;
        DailySignups counted = new DailySignups(JANUARY);
        IntStream.range(0, lines).forEach(i -> counted.add(day(i % 31), 1));
        Path file = directory.resolve("report.pdf");
        long early = 0;
        long late = 0;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            SignupReport report = new SignupReport(out, counted);
            for (int i = 0; i < lines; i++) {
                report.add(signup(i * 31 / lines, "Somebody " + i, "user-" + i + "@example.com"));
                early = i == 5_000 ? usedMemory() : early;
            }
            late = usedMemory();
            report.finish();
        }

        assertThat((late - early) >> 20).as("MiB more after 95,000 more lines").isLessThan(16);
        assertThat(Files.size(file) >> 20).as("MiB").isLessThan(12);
        try (PDDocument pdf = Loader.loadPDF(file.toFile())) {
            PDFTextStripper last = new PDFTextStripper();
            last.setStartPage(pdf.getNumberOfPages());
            assertThat(last.getText(pdf)).contains("user-99999@example.com",
                    String.format("page %1$,d of %1$,d", pdf.getNumberOfPages()));
        }
    }

    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static List<Signup> many(int lines) {
        return IntStream.range(0, lines).mapToObj(i -> signup(0, "Ada", "ada-" + i + "@example.com")).toList();
    }

    private static LocalDate day(int index) {
        return FIRST.plusDays(index);
    }

    private static Signup signup(int day, String name, String email) {
        return new Signup(day(day).atTime(LocalTime.of(23, 59)).toInstant(ZoneOffset.UTC), name, email);
    }

    private static DailySignups counted(List<Signup> signups) {
        DailySignups counted = new DailySignups(JANUARY);
        signups.forEach(line -> counted.add(LocalDate.ofInstant(line.at(), ZoneOffset.UTC), 1));
        return counted;
    }

    private static PDDocument written(List<Signup> signups) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SignupReport report = new SignupReport(out, counted(signups));
        signups.forEach(report::add);
        report.finish();
        assertThat(new String(out.toByteArray(), 0, 5, UTF_8)).isEqualTo("%PDF-");
        return Loader.loadPDF(out.toByteArray());
    }

    private static List<String> pages(PDDocument pdf) throws IOException {
        List<String> pages = new ArrayList<>();
        PDFTextStripper text = new PDFTextStripper();
        text.setSortByPosition(true);
        for (int page = 1; page <= pdf.getNumberOfPages(); page++) {
            text.setStartPage(page);
            text.setEndPage(page);
            pages.add(text.getText(pdf));
        }
        return pages;
    }
}
