import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

/** Reads {"p":"pattern","e":["event",...]} a line; answers a letter an event: T, F, or X for an exception; or E for a bad pattern. */
public class Oracle {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        ObjectMapper mapper = new ObjectMapper();
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode c = mapper.readTree(line);
            out.println(answer(c.get("p").asText(), c.get("e")));
        }
        out.flush();
    }

    static String answer(String pattern, JsonNode events) {
        Machine machine = new Machine();
        try {
            machine.addRule("r", pattern);
        } catch (Exception e) {
            return "E";
        }
        StringBuilder b = new StringBuilder();
        for (JsonNode event : events) {
            try {
                b.append(machine.rulesForJSONEvent(event.asText()).isEmpty() ? 'F' : 'T');
            } catch (Exception e) {
                b.append('X');
            }
        }
        return b.toString();
    }
}
