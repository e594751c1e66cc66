package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/page"
)

// explain writes the plans of the first value, for the first page.
func (t trial) explain(ctx context.Context, pool *db.Pool, notes *recorder, out *strings.Builder) error {
	one := t.values[0]

	statements, err := notes.during(func() error {
		_, err := one.list(ctx, page.Query{Size: size})

		return err
	})
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "## %s by %s\n\n", t.list, t.filter)

	// The settings under which the next statement is run.
	settings := "SELECT 1"

	for _, statement := range statements {
		if strings.HasPrefix(statement.sql, "SELECT set_config") {
			settings = statement.sql

			continue
		}

		// Once to have all of it in memory.
		for range 2 {
			if statement.plan, err = plan(ctx, pool, settings, statement); err != nil {
				return err
			}
		}

		fmt.Fprintf(out, "```\n%s\n\n%s```\n\n", brief(statement.sql), shorten(statement.plan))

		settings = "SELECT 1"
	}

	return nil
}

// plan has a statement carried out and explained.
func plan(ctx context.Context, pool *db.Pool, settings string, statement asked) ([]string, error) {
	var lines []string

	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, settings); err != nil {
			return err
		}

		rows, _ := tx.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+statement.sql, statement.args...)

		var err error
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])

		return err
	})

	return lines, err
}

var (
	space = regexp.MustCompile(`\s+`)
	// partName is the name of a part, or of an index of one, and the alias that goes with it.
	partName = regexp.MustCompile(`(_20\d{6})(\w*)( on \w+?_20\d{6})?( \w+_\d+)?`)
	timing   = regexp.MustCompile(`actual time=[\d.]+\.\.([\d.]+) rows=(\d+) loops=(\d+)`)
	literal  = regexp.MustCompile(`'[0-9a-f]{8}-[0-9a-f-]{27}'::uuid`)
	planning = regexp.MustCompile(`^(Planning|Execution) Time`)
)

// brief returns a statement in one line.
func brief(sql string) string { return strings.TrimSpace(space.ReplaceAllString(sql, " ")) }

// node is a step of a plan with those below it.
type node struct {
	depth   int
	lines   []string
	visited int
	below   []*node
}

// shorten leaves out what is the same for each part of a table, and shows only the part with the most rows.
func shorten(lines []string) string {
	root := &node{depth: -1}
	open := []*node{root}

	var times []string

	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		depth := len(line) - len(text)

		switch {
		case planning.MatchString(text):
			times = append(times, text)

			continue
		case strings.HasPrefix(text, "->") || len(root.below) == 0:
			for len(open) > 1 && open[len(open)-1].depth >= depth {
				open = open[:len(open)-1]
			}

			one := &node{depth: depth, lines: []string{tidy(text)}}
			if found := timing.FindStringSubmatch(text); found != nil {
				rows, _ := strconv.Atoi(found[2])
				loops, _ := strconv.Atoi(found[3])
				one.visited = rows*loops + loops
			}

			above := open[len(open)-1]
			above.below = append(above.below, one)
			open = append(open, one)
		case wanted(text):
			last := open[len(open)-1]
			last.lines = append(last.lines, tidy(text))
		default:
		}
	}

	var out strings.Builder

	root.below[0].write(&out, 0)
	fmt.Fprintln(&out, strings.Join(times, ", "))

	return out.String()
}

// wanted tells which details of a step are shown.
func wanted(text string) bool {
	for _, prefix := range []string{"Index Cond", "Filter", "Rows Removed", "Heap Blocks", "SubPlan", "Recheck"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}

	return false
}

func tidy(text string) string {
	text = partName.ReplaceAllString(text, "$2")
	text = timing.ReplaceAllString(text, "$1 ms, rows=$2 loops=$3")

	return literal.ReplaceAllString(text, "…")
}

func (n *node) write(out *strings.Builder, depth int) {
	for at, line := range n.lines {
		indent := strings.Repeat("  ", depth)
		if at > 0 {
			indent += "      "
		}

		fmt.Fprintln(out, indent+line)
	}

	if !strings.Contains(n.lines[0], "Append ") {
		for _, one := range n.below {
			one.write(out, depth+1)
		}

		return
	}

	busiest := n.below[0]

	for _, one := range n.below {
		if one.visited > busiest.visited {
			busiest = one
		}
	}

	busiest.write(out, depth+1)
	fmt.Fprintf(out, "%sand %d more\n", strings.Repeat("  ", depth+1), len(n.below)-1)
}
