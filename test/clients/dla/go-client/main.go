// Does what programs with database/sql do, and prints a line for each thing that it saw. Arguments: options of the
// driver, and a statement that does not end; without the latter it goes on over restarts of the local cloud.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

func main() {
	address := fmt.Sprintf("%s:%s@tcp(127.0.0.1:%s)/lake?%s", os.Getenv("DLA_USER"), os.Getenv("DLA_PASSWORD"), os.Getenv("DLA_PORT"), os.Args[1])
	db, err := sql.Open("mysql", address)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if len(os.Args) == 2 {
		restarts(db)
		return
	}
	db.SetMaxOpenConns(3)
	db.SetConnMaxLifetime(200 * time.Millisecond)
	say("ping", db.Ping())
	row(db)
	statement(db)
	transaction(db)
	errorsOf(db)
	pool(db)
	leaving(db, os.Args[2])
}

func row(db *sql.DB) {
	rows, err := db.Query("select id, name, born from people where id = ? and name = ? and ? is null", 1, "Ann", nil)
	if err != nil {
		say("row", err)
		return
	}
	defer rows.Close()
	types, _ := rows.ColumnTypes()
	names := []string{}
	for _, one := range types {
		names = append(names, one.Name()+" "+one.DatabaseTypeName())
	}
	say("types", strings.Join(names, ", "))
	for rows.Next() {
		var id int64
		var name string
		var born sql.NullTime
		err = rows.Scan(&id, &name, &born)
		say("row", id, name, born.Time.Format(time.DateOnly), err)
	}
}

func statement(db *sql.DB) {
	prepared, err := db.Prepare("select name from people where id = ?")
	if err != nil {
		say("statement", err)
		return
	}
	defer prepared.Close()
	names := []string{}
	for id := 1; id <= 3; id++ {
		var name string
		if err := prepared.QueryRow(id).Scan(&name); err != nil {
			name = err.Error()
		}
		names = append(names, name)
	}
	say("statement", strings.Join(names, ", "))
}

func transaction(db *sql.DB) {
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelReadCommitted})
	if err != nil {
		say("transaction", err)
		return
	}
	var count int
	err = tx.QueryRow("select count(*) from people").Scan(&count)
	say("transaction", count, err, tx.Commit())
}

func errorsOf(db *sql.DB) {
	_, err := db.Query("select nothing from people")
	var mysqlError *mysql.MySQLError
	say("error", errors.As(err, &mysqlError) && mysqlError.Number == 1054)
}

func pool(db *sql.DB) {
	var waiting sync.WaitGroup
	wrong := make(chan string, 20)
	for n := range 20 {
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			var echo, count int
			err := db.QueryRow("select ?, count(*) from people", n).Scan(&echo, &count)
			if err != nil || echo != n || count != 3 {
				wrong <- fmt.Sprint(err, echo, count)
			}
		}()
	}
	waiting.Wait()
	say("pool", len(wrong))
}

func leaving(db *sql.DB, endless string) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	_, err := db.QueryContext(ctx, endless)
	say("left", errors.Is(err, context.DeadlineExceeded))
	say("ping", db.Ping())
}

func say(what string, values ...any) {
	fmt.Println(what+":", strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
}
