package dev.offstage.embedded;

/** What the pages of the embedded parts look like. */
final class Page {

    private static final String TEMPLATE = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            %3$s<title>%1$s</title>
            <style>
            :root { color-scheme: light dark; --line: #8885; --accent: #8c1d40; }
            @media (prefers-color-scheme: dark) { :root { --accent: #e0668b; } }
            body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
            table { width: 100%%; border-collapse: collapse; }
            th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
            a { color: var(--accent); }
            iframe { width: 100%%; height: 24rem; border: 1px solid var(--line); border-radius: 8px; background: #fff; }
            pre { padding: 1rem; border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap; }
            </style>
            </head>
            <body><h1>%1$s</h1>%2$s</body>
            </html>
            """;

    static final String CONTENT_TYPE = "text/html;charset=UTF-8";

    private static final String RELOAD = "<meta http-equiv=\"refresh\" content=\"5\">";

    private Page() {
    }

    /** @param body HTML, already escaped where it has to be */
    static String of(String title, String body) {
        return TEMPLATE.formatted(escape(title), body, "");
    }

    /** A page that loads itself again every 5 seconds. */
    static String live(String title, String body) {
        return TEMPLATE.formatted(escape(title), body, RELOAD);
    }

    /** @param text null becomes the empty text */
    static String escape(String text) {
        return text == null
                ? ""
                : text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
