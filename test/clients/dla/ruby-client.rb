# Does what programs with the gem mysql2 do, and prints what it saw.
require 'json'
require 'mysql2'

client = Mysql2::Client.new(
  host: '127.0.0.1', port: ENV['DLA_PORT'].to_i, database: 'lake',
  username: ENV['DLA_USER'], password: ENV['DLA_PASSWORD']
)
rows = client.query('select id, name, born from people order by id limit 2')
prepared = client.prepare('select id, name from people where id >= ? and name = ?')
error = begin
  client.query('select absent from people')
rescue Mysql2::Error => e
  [e.error_number, e.sql_state]
end
decimal = client.query('select cast(1.10 as decimal(10,2)) n').first['n']
puts JSON.generate(
  rows: rows.map { |row| [row['id'], row['name'], row['born'].to_s, row['born'].class.to_s] },
  prepared: prepared.execute(1, "O'Neil").map(&:values),
  streamed: client.query('select id from people order by id', stream: true).map { |row| row['id'] },
  decimal: "#{decimal.class} #{decimal.to_f}",
  error: error
)
