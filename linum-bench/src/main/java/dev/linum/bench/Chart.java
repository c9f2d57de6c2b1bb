package dev.linum.bench;

import java.util.List;

/// Bars: how many times longer than Linum each peer takes, on a logarithmic scale.
record Chart(Results results) {

    private static final int LEFT = 330;
    private static final int WIDTH = 520;
    private static final int BAR = 12;
    private static final List<String> COLOURS = List.of("#b5523b", "#c99a2e", "#4f7f5b", "#7a5c93", "#6b6b6b");

    private record Bar(String peer, double ratio) {}

    String svg() {
        var body = new StringBuilder();
        List<String> peers = results.outcomes().stream()
                .flatMap(o -> o.entries().stream().skip(1))
                .map(Outcome.Entry::peer)
                .distinct()
                .toList();
        double span = span();
        int y = 60;
        int legend = LEFT;
        for (String peer : peers) {
            body.append(
                    "<rect x='%d' y='24' width='10' height='10' fill='%s'/>%n".formatted(legend, colour(peers, peer)));
            body.append("<text x='%d' y='33'>%s</text>%n".formatted(legend + 14, peer));
            legend += 30 + 8 * peer.length();
        }
        for (Outcome outcome : results.outcomes()) {
            List<Bar> bars = bars(outcome);
            body.append("<text x='%d' y='%d' text-anchor='end'>%s, %d thread%s</text>%n"
                    .formatted(
                            LEFT - 8,
                            y + Math.max(1, bars.size()) * BAR / 2 + 4,
                            outcome.what(),
                            outcome.threads(),
                            outcome.threads() == 1 ? "" : "s"));
            for (Bar bar : bars) {
                int from = x(Math.min(1, bar.ratio()), span);
                int to = x(Math.max(1, bar.ratio()), span);
                body.append("<rect x='%d' y='%d' width='%d' height='%d' fill='%s'/>%n"
                        .formatted(from, y, Math.max(1, to - from), BAR - 2, colour(peers, bar.peer())));
                body.append("<text x='%d' y='%d' class='n'>%.2f</text>%n".formatted(to + 4, y + BAR - 3, bar.ratio()));
                y += BAR;
            }
            y += bars.isEmpty() ? BAR + 8 : 8;
        }
        int one = x(1, span);
        return """
                <svg xmlns='http://www.w3.org/2000/svg' width='%1$d' height='%2$d' viewBox='0 0 %1$d %2$d' \
                font-family='sans-serif' font-size='12'>
                <style>.n { font-size: 10px; fill: #555 }</style>
                <rect width='100%%' height='100%%' fill='white'/>
                <text x='8' y='33' font-weight='bold'>Time relative to Linum</text>
                <line x1='%3$d' y1='44' x2='%3$d' y2='%4$d' stroke='#222'/>
                <text x='%3$d' y='54' text-anchor='middle' class='n'>as fast</text>
                %5$s</svg>
                """.formatted(LEFT + WIDTH + 60, y + 20, one, y, body);
    }

    private static List<Bar> bars(Outcome outcome) {
        return outcome.entries().stream()
                .skip(1)
                .filter(Outcome.Timed.class::isInstance)
                .map(Outcome.Timed.class::cast)
                .map(timed -> new Bar(timed.peer(), Outcome.median(timed.ratios(outcome.linum()))))
                .toList();
    }

    private static String colour(List<String> peers, String peer) {
        return COLOURS.get(peers.indexOf(peer) % COLOURS.size());
    }

    /// The largest logarithm to show, to either side.
    private double span() {
        return results.outcomes().stream()
                .flatMap(o -> bars(o).stream())
                .mapToDouble(bar -> Math.abs(Math.log(bar.ratio())))
                .reduce(Math.log(2), Math::max);
    }

    private static int x(double ratio, double span) {
        return (int) Math.round(LEFT + WIDTH / 2.0 * (1 + Math.log(ratio) / span));
    }
}
