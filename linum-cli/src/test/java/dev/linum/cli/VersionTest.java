package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What `linum --version` says.
class VersionTest {

    @Test
    void theVersionIsThatOfTheBuild() throws Exception {
        var version = Pattern.compile("<version>(.*?)</version>").matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();
        var out = new StringWriter();

        int status = Main.commandLine().setOut(new PrintWriter(out)).execute("--version");

        assertThat(status).isZero();
        assertThat(out.toString().strip()).isEqualTo("linum " + version.group(1));
    }
}
