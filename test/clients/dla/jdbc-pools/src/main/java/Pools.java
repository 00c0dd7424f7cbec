import com.alibaba.druid.filter.stat.StatFilter;
import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.wall.WallFilter;
import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;

/** Pools in the settings that applications give them. Arguments: the URL. */
public final class Pools {
  private static final String DRIVER = "com.mysql.cj.jdbc.Driver";

  private static String url;
  private static final String user = System.getenv("DLA_USER");
  private static final String password = System.getenv("DLA_PASSWORD");

  public static void main(String[] args) throws Exception {
    // Otherwise a connection that was in use half a second ago is taken for alive.
    System.setProperty("com.zaxxer.hikari.aliveBypassWindowMs", "-1");
    url = args[0];

    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(url);
      pool.setUsername(user);
      pool.setPassword(password);
      pool.setReadOnly(true);
      pool.setCatalog("lake");
      pool.setConnectionTestQuery("SELECT 1");
      pool.setConnectionInitSql("SET SESSION sql_mode = ''");
      pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
      pool.setMaximumPoolSize(5);
      use("hikari", pool);
    }

    DruidDataSource druid = new DruidDataSource();
    druid.setUrl(url);
    druid.setUsername(user);
    druid.setPassword(password);
    druid.setDriverClassName(DRIVER);
    druid.setInitialSize(2);
    druid.setMinIdle(2);
    druid.setMaxActive(5);
    druid.setValidationQuery("SELECT 1 FROM DUAL");
    druid.setTestWhileIdle(true);
    druid.setTestOnBorrow(true);
    druid.setKeepAlive(true);
    druid.setPoolPreparedStatements(true);
    druid.setDefaultReadOnly(true);
    druid.setRemoveAbandoned(true);
    druid.setProxyFilters(List.of(new StatFilter(), new WallFilter()));
    use("druid", druid);
    try (Connection connection = druid.getConnection(); Statement statement = connection.createStatement()) {
      statement.executeQuery("select id from people where id = 1 or 1 = 1");
      System.out.println("druid wall: no");
    } catch (SQLException error) {
      System.out.println("druid wall: " + error.getMessage().contains("sql injection violation"));
    }
    druid.close();

    try (BasicDataSource dbcp = new BasicDataSource()) {
      dbcp.setUrl(url);
      dbcp.setUsername(user);
      dbcp.setPassword(password);
      dbcp.setDriverClassName(DRIVER);
      dbcp.setMaxTotal(5);
      dbcp.setValidationQuery("select 1");
      dbcp.setTestOnBorrow(true);
      dbcp.setTestWhileIdle(true);
      dbcp.setDefaultCatalog("lake");
      dbcp.setDefaultAutoCommit(false);
      dbcp.setDefaultTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      dbcp.setPoolPreparedStatements(true);
      use("dbcp2", dbcp);
    }

    ComboPooledDataSource c3p0 = new ComboPooledDataSource();
    c3p0.setDriverClass(DRIVER);
    c3p0.setJdbcUrl(url);
    c3p0.setUser(user);
    c3p0.setPassword(password);
    c3p0.setMaxPoolSize(5);
    c3p0.setTestConnectionOnCheckout(true);
    use("c3p0", c3p0);
    c3p0.close();

    org.apache.tomcat.jdbc.pool.DataSource tomcat = new org.apache.tomcat.jdbc.pool.DataSource();
    tomcat.setDriverClassName(DRIVER);
    tomcat.setUrl(url);
    tomcat.setUsername(user);
    tomcat.setPassword(password);
    tomcat.setMaxActive(5);
    tomcat.setValidationQuery("SELECT 1");
    tomcat.setTestOnBorrow(true);
    tomcat.setValidationInterval(0);
    tomcat.setJdbcInterceptors("ConnectionState;StatementFinalizer");
    use("tomcat", tomcat);
    tomcat.close();
  }

  /** Rows to twenty at once on five connections, then with a connection that another one has killed. */
  private static void use(String name, DataSource pool) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(20);
    List<Future<String>> answers = new ArrayList<>();
    for (int at = 0; at < 20; at++) {
      int id = at % 3 + 1;
      answers.add(threads.submit(() -> nameOf(pool, id)));
    }
    List<String> names = new ArrayList<>();
    for (Future<String> answer : answers) {
      names.add(answer.get());
    }
    threads.shutdown();
    System.out.println(name + ": " + new TreeSet<>(names) + " " + names.size());
    long killed;
    try (Connection victim = pool.getConnection()) {
      killed = idOf(victim);
      try (Connection other = DriverManager.getConnection(url, user, password);
          Statement statement = other.createStatement()) {
        statement.execute("KILL " + killed);
      }
    }
    for (int at = 0; at < 5; at++) {
      try (Connection connection = pool.getConnection()) {
        if (idOf(connection) == killed) throw new IllegalStateException("a dead connection answers");
      }
    }
    System.out.println(name + " after KILL: " + nameOf(pool, 1));
  }

  private static String nameOf(DataSource pool, int id) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement("select name from people where id = ?")) {
      statement.setLong(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  private static long idOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select connection_id()")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
