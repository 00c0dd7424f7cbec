import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;

/** Reads the same rows with each URL and each fetch size, and prints a line for each URL. */
public final class Wire {
  private static final String QUERY =
      "select id, name, cast('ab' as varbinary) bytes from lake.people where id > ? order by id";

  public static void main(String[] urls) throws Exception {
    for (String url : urls) {
      try (Connection connection =
          DriverManager.getConnection(url, System.getenv("DLA_USER"), System.getenv("DLA_PASSWORD"))) {
        System.out.println(rows(connection, url) + " failed: " + failedMetadata(connection));
      } catch (SQLException error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
          cause = cause.getCause();
        }
        System.out.println(error.getMessage().split("\n")[0] + ": " + cause);
      }
    }
    System.exit(0);
  }

  private static String rows(Connection connection, String url) throws SQLException {
    StringBuilder found = new StringBuilder();
    for (int size : new int[] {0, 1, 2, Integer.MIN_VALUE}) {
      if (size < 0 && !url.startsWith("jdbc:mysql:")) {
        continue;
      }
      try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
        statement.setFetchSize(size);
        // Twice, for some drivers send less with the second execution.
        for (int time = 0; time < 2; time += 1) {
          statement.setLong(1, 0);
          try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              found.append(rows.getLong(1)).append(new String(rows.getBytes(3)));
            }
            found.append(' ');
          }
        }
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setLong(1, 0);
      return found + "columns: " + statement.getMetaData().getColumnCount();
    }
  }

  /** Methods of the metadata that throw something, asked of a table that is there. */
  private static Set<String> failedMetadata(Connection connection) throws Exception {
    DatabaseMetaData metadata = connection.getMetaData();
    Set<String> failed = new TreeSet<>();
    for (Method method : DatabaseMetaData.class.getMethods()) {
      Class<?>[] types = method.getParameterTypes();
      Object[] values = new Object[types.length];
      for (int at = 0; at < types.length; at += 1) {
        values[at] = valueFor(method.getName(), types[at], at);
      }
      try {
        Object answer = method.invoke(metadata, values);
        if (answer instanceof ResultSet) {
          try (ResultSet rows = (ResultSet) answer) {
            while (rows.next()) {}
          }
        }
      } catch (InvocationTargetException error) {
        // What came with a later Java, old drivers do not have.
        if (!(error.getCause() instanceof AbstractMethodError)) {
          failed.add(method.getName() + ": " + error.getCause().getMessage());
        }
      }
    }
    return failed;
  }

  private static Object valueFor(String method, Class<?> type, int at) {
    if (type == int.class) {
      // A type of result sets before one of concurrency.
      return method.equals("supportsResultSetConcurrency")
          ? (at == 0 ? ResultSet.TYPE_FORWARD_ONLY : ResultSet.CONCUR_READ_ONLY)
          : 1;
    }
    if (type == boolean.class) {
      return true;
    }
    if (type == String.class) {
      return at == 0 ? "lake" : at == 1 ? null : "people";
    }
    return type == Class.class ? DatabaseMetaData.class : null;
  }
}
