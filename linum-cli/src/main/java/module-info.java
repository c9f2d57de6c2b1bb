/// The command line.
module dev.linum.cli {
    requires dev.linum.train;
    requires dev.linum.io;
    requires info.picocli;
    requires me.tongfei.progressbar;

    opens dev.linum.cli to
            info.picocli;
}
