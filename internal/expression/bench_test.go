package expression_test

import (
	"testing"

	"github.com/surehook/surehook/internal/expression"
)

func BenchmarkMatch(b *testing.B) {
	for _, text := range []string{
		`event.type == "invoice.paid"`,
		`event.data.amount > 10 && event.data.customer.email == "z@example.com"`,
		`event.data.lines.exists(l, l.sku == "b" && l.qty > 1)`,
	} {
		b.Run(text, func(b *testing.B) {
			condition, err := expression.CompileCondition(text)
			if err != nil {
				b.Fatal(err)
			}

			event := about(invoice).Event

			b.ReportAllocs()

			for b.Loop() {
				if matched, err := condition.Match(event); err != nil || !matched {
					b.Fatal(matched, err)
				}
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	condition, err := expression.CompileCondition(
		`event.type == "invoice.paid" && (event.data.amount > 11 || event.data.customer.email == "x@example.com")`)
	if err != nil {
		b.Fatal(err)
	}

	event := about(invoice).Event

	b.ReportAllocs()

	for b.Loop() {
		if said, err := condition.Explain(event); err != nil || said == "" {
			b.Fatal(said, err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	shape, err := expression.CompileShape(expression.StandardEnvelope)
	if err != nil {
		b.Fatal(err)
	}

	b.Run("payload that was read before", func(b *testing.B) {
		context := about(invoice)

		b.ReportAllocs()

		for b.Loop() {
			if _, err := shape.Render(context); err != nil {
				b.Fatal(err)
			}
		}
	})

	b.Run("new payload", func(b *testing.B) {
		context := about(invoice)

		b.ReportAllocs()

		for b.Loop() {
			context.Event.Data = expression.NewData([]byte(invoice))

			if _, err := shape.Render(context); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()

	for b.Loop() {
		if _, err := expression.CompileShape(expression.StandardEnvelope); err != nil {
			b.Fatal(err)
		}
	}
}
