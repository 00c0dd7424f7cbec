<?php
// Does what programs in PHP do, with mysqli and PDO, and prints what it saw.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
[$port, $user, $password] = [(int) getenv('DLA_PORT'), getenv('DLA_USER'), getenv('DLA_PASSWORD')];
$db = new mysqli('127.0.0.1', $user, $password, 'lake', $port);
$db->set_charset('utf8mb4');

function logInError(string $password, string $schema): int
{
    global $port, $user;
    try {
        new mysqli('127.0.0.1', $user, $password, $schema, $port);
    } catch (mysqli_sql_exception $error) {
        return $error->getCode();
    }
    return 0;
}

$id = 1;
$statement = $db->prepare('select id, name, born from people where id >= ? order by id');
$statement->bind_param('i', $id);
$statement->execute();
$statement->bind_result($a, $b, $c);
while ($statement->fetch()) {
    $seen['bound'][] = [$a, $b, $c];
}
$seen['unbuffered'] = 0;
$result = $db->query('select id from people', MYSQLI_USE_RESULT);
while ($result->fetch_row()) {
    $seen['unbuffered'] += 1;
}
$result->close();
$statement->execute();
$statement->store_result();
$seen['stored'] = [$statement->num_rows, $statement->field_count];
$statement->close();
$db->change_user($user, $password, 'lake');
$seen['user'] = $db->query('select database()')->fetch_row();
$db->query('select 5', MYSQLI_ASYNC);
$seen['async'] = $db->reap_async_query()->fetch_row();
try {
    $db->query('select * from absent');
} catch (mysqli_sql_exception $error) {
    $seen['error'] = [$error->getCode(), $error->getSqlState()];
}
$seen['login'] = [logInError('wrong', 'lake'), logInError($password, 'absent')];

foreach (['pdo emulated' => true, 'pdo prepared' => false] as $name => $isEmulated) {
    $pdo = new PDO("mysql:host=127.0.0.1;port=$port;dbname=lake;charset=utf8mb4", $user, $password, [
        PDO::ATTR_EMULATE_PREPARES => $isEmulated,
    ]);
    $query = $pdo->prepare('select id, name, born from people where name = :name');
    $query->execute(['name' => 'Ann']);
    $seen[$name]['types'] = array_map(fn($at) => $query->getColumnMeta($at)['native_type'], [0, 1, 2]);
    $seen[$name]['rows'] = $query->fetchAll(PDO::FETCH_NUM);
    $limit = $pdo->prepare('select id from people order by id limit ? offset ?');
    $limit->bindValue(1, 1, PDO::PARAM_INT);
    $limit->bindValue(2, 1, PDO::PARAM_INT);
    $limit->execute();
    $seen[$name]['limit'] = $limit->fetchAll(PDO::FETCH_COLUMN);
    try {
        $pdo->query('select * from absent');
    } catch (PDOException $error) {
        $seen[$name]['error'] = $error->getCode();
    }
    $seen[$name]['after'] = $pdo->query('select 1')->fetchColumn();
}
echo json_encode($seen);
