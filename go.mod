module github.com/mskit-go/mskit

go 1.26.0

require github.com/segmentio/asm v1.2.1

require golang.org/x/sys v0.50.0 // indirect
