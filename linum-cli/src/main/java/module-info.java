/// The command line.
module dev.linum.cli {
    requires dev.linum.train;
    requires dev.linum.io;
    requires info.picocli;
    // Names in other languages than English; without it they would all come out in English.
    requires jdk.localedata;
    requires me.tongfei.progressbar;

    opens dev.linum.cli to
            info.picocli;
}
