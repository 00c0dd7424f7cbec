import com.mysql.cj.jdbc.MysqlDataSource;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import liquibase.Liquibase;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.RowBounds;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.jdbi.v3.core.Jdbi;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.codegen.GenerationTool;
import org.jooq.impl.DSL;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/** What applications put above the driver. Arguments: the URL. */
public final class Frameworks {
  private static final String USER = System.getenv("DLA_USER");
  private static final String PASSWORD = System.getenv("DLA_PASSWORD");

  interface People {
    @Select("select name from people where id = #{id}")
    String nameOf(@Param("id") long id);

    @Select("<script>select id from people where name in <foreach collection='names' item='n' open='(' separator=',' close=')'>#{n}</foreach> order by id</script>")
    List<Long> idsOf(@Param("names") List<String> names);

    @Select("select id, name, born from people order by id")
    List<Map<String, Object>> all(RowBounds bounds);
  }

  @Entity
  @Table(name = "people")
  public static class Person {
    @Id public Long id;

    @Column(length = 65535)
    public String name;

    public Date born;
  }

  public static void main(String[] args) throws Exception {
    String url = args[0];
    MysqlDataSource source = new MysqlDataSource();
    source.setUrl(url);
    source.setUser(USER);
    source.setPassword(PASSWORD);
    attempt("spring", () -> spring(source));
    attempt("mybatis", () -> mybatis(source));
    attempt("hibernate", () -> hibernate(url, null));
    attempt("hibernate 8", () -> hibernate(url, "org.hibernate.dialect.MySQLDialect"));
    attempt("jooq", () -> jooq(source));
    attempt("jdbi", () -> jdbi(source));
    attempt("liquibase", () -> liquibase(source));
  }

  interface Step {
    Object run() throws Exception;
  }

  /** One line: the answer, or the innermost error's text. */
  private static void attempt(String name, Step step) {
    String text;
    try {
      text = String.valueOf(step.run());
    } catch (Throwable error) {
      Throwable inner = error;
      while (inner.getCause() != null && inner.getCause() != inner) inner = inner.getCause();
      text = "error: " + inner.getMessage();
    }
    System.out.println(name + ": " + text.replaceAll("\\s+", " "));
  }

  private static Object spring(javax.sql.DataSource source) throws Exception {
    SingleConnectionDataSource one = new SingleConnectionDataSource(source.getConnection(), true);
    JdbcTemplate template = new JdbcTemplate(one);
    template.setFetchSize(2);
    template.setMaxRows(2);
    template.setQueryTimeout(10);
    TransactionTemplate inTransaction = new TransactionTemplate(new DataSourceTransactionManager(one));
    inTransaction.setReadOnly(true);
    List<String> names =
        inTransaction.execute(status -> template.queryForList("select name from people where id >= ? order by id", String.class, 1));
    Integer count =
        new NamedParameterJdbcTemplate(source)
            .queryForObject("select count(*) from people where id in (:ids)", Map.of("ids", List.of(1, 3, 7)), Integer.class);
    String code;
    try {
      template.queryForObject("select x from people", String.class);
      code = "none";
    } catch (org.springframework.jdbc.BadSqlGrammarException error) {
      code = "bad grammar";
    }
    one.destroy();
    return names + " " + count + " " + code;
  }

  private static Object mybatis(javax.sql.DataSource source) {
    org.apache.ibatis.session.Configuration configuration =
        new org.apache.ibatis.session.Configuration(new Environment("test", new JdbcTransactionFactory(), source));
    configuration.addMapper(People.class);
    try (SqlSession session = new SqlSessionFactoryBuilder().build(configuration).openSession()) {
      People people = session.getMapper(People.class);
      return people.nameOf(2) + " " + people.idsOf(List.of("Ann", "O'Neil")) + " " + people.all(new RowBounds(1, 1)).get(0).get("name");
    }
  }

  private static Object hibernate(String url, String dialect) {
    Configuration configuration = new Configuration().addAnnotatedClass(Person.class);
    configuration.setProperty("hibernate.connection.url", url);
    configuration.setProperty("hibernate.connection.username", USER);
    configuration.setProperty("hibernate.connection.password", PASSWORD);
    configuration.setProperty("hibernate.hbm2ddl.auto", "validate");
    if (dialect != null) configuration.setProperty("hibernate.dialect", dialect);
    try (SessionFactory factory = configuration.buildSessionFactory();
        Session session = factory.openSession()) {
      session.setDefaultReadOnly(true);
      Person person = session.get(Person.class, 1L);
      List<String> names =
          session.createQuery("select p.name from Frameworks$Person p where p.id > :id order by p.id", String.class)
              .setParameter("id", 0L).setFirstResult(1).setMaxResults(1).list();
      Object count = session.createNativeQuery("select count(*) from people where born is not null", Long.class).getSingleResult();
      return person.name + " " + person.born + " " + names + " " + count;
    }
  }

  private static Object jooq(javax.sql.DataSource source) throws Exception {
    DSLContext context = DSL.using(source, SQLDialect.MYSQL);
    List<String> names =
        context.select(DSL.field(DSL.name("name"), String.class)).from(DSL.table(DSL.name("people")))
            .where(DSL.field(DSL.name("id"), Long.class).gt(1L)).orderBy(DSL.field(DSL.name("id"))).limit(2).offset(0)
            .fetch().getValues(0, String.class);
    Path folder = Files.createTempDirectory("jooq");
    try (Connection connection = source.getConnection()) {
      GenerationTool tool = new GenerationTool();
      tool.setConnection(connection);
      tool.run(
          new org.jooq.meta.jaxb.Configuration()
              .withLogging(Logging.ERROR)
              .withGenerator(
                  new Generator()
                      .withDatabase(new Database().withName("org.jooq.meta.mysql.MySQLDatabase").withInputSchema("lake"))
                      .withTarget(new Target().withPackageName("generated").withDirectory(folder.toString()))));
      String people = Files.readString(folder.resolve("generated/tables/People.java"));
      return names + " " + people.contains("TableField<PeopleRecord, Long> ID") + " "
          + people.contains("TableField<PeopleRecord, LocalDate> BORN") + " "
          + Files.exists(folder.resolve("generated/tables/Adults.java"));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private static Object jdbi(javax.sql.DataSource source) {
    return Jdbi.create(source).withHandle(handle ->
        handle.createQuery("select name from people where id in (<ids>) and id < :max order by id")
            .bindList("ids", List.of(1, 2, 3)).bind("max", 3).mapTo(String.class).list());
  }

  private static Object liquibase(javax.sql.DataSource source) throws Exception {
    try (Connection connection = source.getConnection()) {
      Liquibase liquibase =
          new Liquibase("changes.sql", new ClassLoaderResourceAccessor(),
              DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection)));
      liquibase.update("");
      return "updated";
    }
  }
}
