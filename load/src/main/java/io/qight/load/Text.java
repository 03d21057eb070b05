package io.qight.load;

/** Text within HTML and SVG. */
final class Text {
    private Text() {}

    static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .forEach(c -> {
                    switch (c) {
                        case '&' -> out.append("&amp;");
                        case '<' -> out.append("&lt;");
                        case '>' -> out.append("&gt;");
                        case '"' -> out.append("&quot;");
                        // No other control character may stand in XML, not even escaped.
                        default -> out.appendCodePoint(c < ' ' && c != '\n' ? ' ' : c);
                    }
                });
        return out.toString();
    }
}
