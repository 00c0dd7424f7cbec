import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does what tools on JDBC do, and prints a line for each thing that it saw. */
public final class Client {
  public static void main(String[] args) throws Exception {
    String url = args[0];
    try (Connection connection = DriverManager.getConnection(url, System.getenv("DLA_USER"), System.getenv("DLA_PASSWORD"))) {
      say("valid", connection.isValid(5));
      metadata(connection);
      values(connection);
      limits(connection);
      cancel(connection, args[1]);
      connection.setAutoCommit(false);
      connection.commit();
      connection.rollback();
      connection.setAutoCommit(true);
      connection.setReadOnly(true);
      connection.setReadOnly(false);
      say("catalog", connection.getCatalog());
    }
    pool(url);
    try {
      DriverManager.getConnection(url, System.getenv("DLA_USER"), "wrong").close();
      say("wrong password", "let in");
    } catch (SQLException error) {
      say("wrong password", error.getErrorCode());
    }
  }

  private static void metadata(Connection connection) throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    say("catalogs", names(metadata.getCatalogs(), "TABLE_CAT").contains("lake"));
    say("tables", names(metadata.getTables("lake", null, "%", null), "TABLE_NAME"));
    say("views", names(metadata.getTables("lake", null, "%", new String[] {"VIEW"}), "TABLE_NAME"));
    say("columns", names(metadata.getColumns("lake", null, "people", "%"), "COLUMN_NAME"));
    say("types", names(metadata.getColumns("lake", null, "people", "%"), "DATA_TYPE"));
    say("primary keys", names(metadata.getPrimaryKeys("lake", null, "people"), "COLUMN_NAME"));
    say("indexes", names(metadata.getIndexInfo("lake", null, "people", false, true), "INDEX_NAME"));
    say("functions", names(metadata.getFunctions("lake", null, "%"), "FUNCTION_NAME"));
  }

  private static void values(Connection connection) throws SQLException {
    String sql = "select id, name, born from lake.people where id = ? and name <> ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, 1);
      statement.setString(2, "it's \\ 雲");
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        Date born = rows.getDate("born");
        say("row", rows.getLong(1) + " " + rows.getString(2) + " " + born);
      }
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("/*+ run_async=true */ select count(*) from lake.people")) {
      rows.next();
      say("task", rows.getString("ASYNC_TASK_ID").startsWith("q"));
    }
  }

  private static void limits(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setMaxRows(2);
      say("max rows", names(statement.executeQuery("select id from lake.people"), "id").size());
    }
    try (Statement statement = connection.createStatement()) {
      say("all rows", names(statement.executeQuery("select id from lake.people"), "id").size());
    }
  }

  private static void cancel(Connection connection, String endless) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller =
          new Thread(
              () -> {
                try {
                  Thread.sleep(1500);
                  statement.cancel();
                } catch (Exception error) {
                  say("cancel failed", error);
                }
              });
      canceller.start();
      statement.executeQuery(endless);
      say("cancel", "not ended");
    } catch (SQLException error) {
      say("cancel", "ended");
    }
    say("after cancel", connection.isValid(5));
  }

  private static void pool(String url) throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(System.getenv("DLA_USER"));
    config.setPassword(System.getenv("DLA_PASSWORD"));
    config.setMaximumPoolSize(2);
    config.setConnectionTestQuery("SELECT 1 FROM DUAL");
    config.setReadOnly(true);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (HikariDataSource source = new HikariDataSource(config)) {
      List<Future<Integer>> found = new ArrayList<>();
      for (int n = 1; n <= 8; n++) {
        int bound = n;
        found.add(
            threads.submit(
                () -> {
                  try (Connection connection = source.getConnection();
                      PreparedStatement statement =
                          connection.prepareStatement("select count(*) from lake.people where id <= ?")) {
                    statement.setInt(1, bound);
                    ResultSet rows = statement.executeQuery();
                    rows.next();
                    return rows.getInt(1);
                  }
                }));
      }
      List<Integer> counts = new ArrayList<>();
      for (Future<Integer> one : found) {
        counts.add(one.get());
      }
      say("pool", counts);
    } finally {
      threads.shutdown();
    }
  }

  private static List<String> names(ResultSet rows, String column) throws SQLException {
    List<String> found = new ArrayList<>();
    while (rows.next()) {
      found.add(rows.getString(column));
    }
    rows.close();
    return found;
  }

  private static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }
}
