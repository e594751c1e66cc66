// Logdata fills a database with a large delivery log, and measures how long its lists take.
//
// The log is made up, but from the same numbers each time: one organization with nine tenths of it and some small ones,
// webhooks with very uneven shares, rare event types and response codes, outages during which everything fails, replays
// after them, and payloads with values that are common, rare, or of some days only. What is measured are the services
// that the API asks, on whatever Postgres the URL names. The database must be empty when it is to be filled.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/surehook/surehook/db"
)

// maxConns is enough for one connection a table.
const maxConns = 8

type options struct {
	url        string
	deliveries int
	fill       bool
	measure    bool
	runs       int
	only       string
	value      string
	plans      string
	slow       time.Duration
}

func main() {
	var o options

	flag.StringVar(&o.url, "url", os.Getenv("LOGDATA_DATABASE_URL"), "the database, as a URL")
	flag.IntVar(&o.deliveries, "deliveries", 10_000_000, "how many deliveries are made up")
	flag.BoolVar(&o.fill, "fill", false, "fill the database, which has to be empty")
	flag.BoolVar(&o.measure, "measure", false, "measure the lists")
	flag.IntVar(&o.runs, "runs", 60, "how often each list is asked for, with values in turns")
	flag.StringVar(&o.only, "only", "", "measure only lists whose name contains this")
	flag.StringVar(&o.value, "value", "", "measure only values that contain this")
	flag.StringVar(&o.plans, "plans", "", "a file to write the plans of the lists to")
	flag.DurationVar(&o.slow, "slow", 0, "name the values that have taken longer than this")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "logdata:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.url == "" {
		return errors.New("say which database with -url")
	}

	if o.fill {
		if err := db.MigrateUp(ctx, o.url); err != nil {
			return err
		}
	}

	notes := &recorder{}

	pool, err := db.Open(ctx, o.url, maxConns, notes)
	if err != nil {
		return err
	}
	defer pool.Close()

	if o.fill {
		if err := fill(ctx, pool, o.deliveries); err != nil {
			return err
		}
	}

	if o.measure {
		return measure(ctx, pool, notes, o)
	}

	return nil
}
