# Does what programs with DBI do, and prints a line for each thing that it saw.
use strict;
use warnings;
use DBI;

my $db = DBI->connect("dbi:mysql:database=lake;host=127.0.0.1;port=$ENV{DLA_PORT}",
    $ENV{DLA_USER}, $ENV{DLA_PASSWORD}, { RaiseError => 1, PrintError => 0 });

sub columns { return @{ $db->column_info(undef, 'lake', 'people', shift)->fetchall_arrayref({}) } }

print 'tables: ', join(', ', $db->tables(undef, 'lake', '%', 'TABLE')), "\n";
print 'columns: ', join(', ', map {"$_->{COLUMN_NAME} $_->{TYPE_NAME}"} columns('%')), "\n";
print 'one column: ', join(', ', map { $_->{COLUMN_NAME} } columns('na%')), "\n";
print 'keys: ', join(', ', $db->primary_key(undef, 'lake', 'people')), "\n";
my $query = $db->prepare('select id, name, born from people where name <> ? order by id');
$query->execute('Ann');
print 'rows: ', join(', ', map { join ' ', map { $_ // 'NULL' } @$_ } @{ $query->fetchall_arrayref }), "\n";
eval { $db->do('select * from absent') };
print 'error: ', $db->err, ' ', $db->state, "\n";
