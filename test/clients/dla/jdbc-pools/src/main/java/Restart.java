import com.zaxxer.hikari.HikariDataSource;
import java.io.*;
import java.sql.*;
import java.util.*;

/**
 * Uses a pool before and after each line on standard input, when the local cloud has started again. Arguments: the URL.
 */
public final class Restart {
  public static void main(String[] args) throws Exception {
    // Otherwise a connection that was in use half a second ago is taken for alive.
    System.setProperty("com.zaxxer.hikari.aliveBypassWindowMs", "-1");
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(args[0] + "&useServerPrepStmts=true&cachePrepStmts=true");
      pool.setUsername(System.getenv("DLA_USER"));
      pool.setPassword(System.getenv("DLA_PASSWORD"));
      pool.setMaximumPoolSize(3);
      System.out.println(use(pool));
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
      while (lines.readLine() != null) {
        System.out.println(use(pool));
      }
    }
  }

  private static long use(HikariDataSource pool) throws SQLException {
    long sum = 0;
    List<Connection> connections = new ArrayList<>();
    for (int at = 0; at < 3; at++) {
      Connection connection = pool.getConnection();
      connections.add(connection);
      try (PreparedStatement statement = connection.prepareStatement("select count(*) from people where id < ?")) {
        statement.setLong(1, 3);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          sum += rows.getLong(1);
        }
      }
    }
    for (Connection connection : connections) {
      connection.close();
    }
    return sum;
  }
}
