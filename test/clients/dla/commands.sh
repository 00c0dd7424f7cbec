# What people type: the commands that come with MySQL and MariaDB.
set -e
export MYSQL_PWD="$DLA_PASSWORD"
to="-h127.0.0.1 -P$DLA_PORT -u$DLA_USER"
mysql $to lake --batch -e 'select id, name, born from people order by id'
mysql $to lake --xml -e 'select id, name, born from people order by id'
printf 'use lake\nstatus\nrehash\nshow tables;\n' | mysql $to
mysqlshow $to lake people
mysqladmin $to ping
mysqldump $to --no-tablespaces lake people adults
