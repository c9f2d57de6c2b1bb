/// The command line.
module dev.linum.cli {
    requires dev.linum.train;
    requires dev.linum.io;
    requires de.siegmar.fastcsv;
    requires info.picocli;
    // Names in other languages than English; without it they would all come out in English.
    requires jdk.localedata;
    requires me.tongfei.progressbar;
    requires tools.jackson.databind;

    opens dev.linum.cli to
            info.picocli;
    opens dev.linum.cli.data to
            tools.jackson.databind;
    opens dev.linum.cli.model to
            tools.jackson.databind;
}
