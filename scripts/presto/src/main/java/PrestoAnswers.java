import io.trino.Session;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Reads a SELECT a line, and answers each with a line: `OK` and the rows, or `ERR` and why not. */
public class PrestoAnswers {
    private static String oneLine(Object text) {
        return String.valueOf(text).replace("\n", "\\n").replace("\t", " ");
    }

    private static String answer(LocalQueryRunner engine, String question) {
        try {
            return "OK\t" + oneLine(engine.execute(question).getMaterializedRows());
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            return "ERR\t" + oneLine(e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        Session session = TestingSession.testSessionBuilder()
                .setTimeZoneKey(TimeZoneKey.getTimeZoneKey("+08:00"))
                .build();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        LocalQueryRunner engine = LocalQueryRunner.create(session);
        String question;
        while ((question = questions.readLine()) != null) {
            answers.println(answer(engine, question));
        }
        System.exit(0);
    }
}
