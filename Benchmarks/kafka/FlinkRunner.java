// Runs a script of SQL in Flink, in this process, and waits for what it inserts:
//
//   java -cp 'FLINK/lib/*:CONNECTORS/*' FlinkRunner.java script.sql PARALLELISM
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public class FlinkRunner {
  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", arguments[1]);
    configuration.setString("rest.bind-address", "localhost");
    configuration.setString("rest.address", "localhost");
    configuration.setString("rest.bind-port", "0");
    configuration.setString("table.local-time-zone", "UTC");
    // As a job that must survive runs: a checkpoint now and then.
    configuration.setString("execution.checkpointing.interval", "10 s");
    TableEnvironment environment =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
    for (String statement : Files.readString(Path.of(arguments[0])).split(";")) {
      if (statement.isBlank()) continue;
      var result = environment.executeSql(statement);
      if (statement.strip().startsWith("INSERT")) result.await();
    }
    // Threads of its own cluster would keep it alive.
    System.exit(0);
  }
}
