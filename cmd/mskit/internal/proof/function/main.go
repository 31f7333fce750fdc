// Command function is the Lambda function of the proof: what it makes of each
// record is in its ledger.
package main

import (
	"flag"
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

func main() {
	var f proof.Function
	name := flag.String("ledger", "ledger", "`file` to append to")
	flag.BoolVar(&f.AllOrNothing, "all-or-nothing", false, "fail whole invocations")
	flag.BoolVar(&f.Unordered, "unordered", false, "name exactly what failed")
	flag.BoolVar(&f.DeadLetter, "dead-letter", false, "put poison into a dead-letter sink")
	flag.DurationVar(&f.Pace, "pace", 0, "what a record takes")
	flag.Parse()
	ledger, err := proof.OpenLedger(*name)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Processor(ledger.Note))
}
