package main

import (
	"bufio"
	"database/sql"
	"os"
	"sync"
)

// restarts uses a pool, and a statement prepared once, before and after each line on standard input, when the local
// cloud has started again.
func restarts(db *sql.DB) {
	db.SetMaxOpenConns(3)
	db.SetMaxIdleConns(3)
	prepared, err := db.Prepare("select count(*) from people where id < ?")
	if err != nil {
		panic(err)
	}
	use := func() {
		var waiting sync.WaitGroup
		var counts [3]int
		for at := range counts {
			waiting.Add(1)
			go func() {
				defer waiting.Done()
				if err := prepared.QueryRow(3).Scan(&counts[at]); err != nil {
					panic(err)
				}
			}()
		}
		waiting.Wait()
		say("pool", counts[0]+counts[1]+counts[2])
	}
	use()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		use()
	}
}
