module github.com/mskit-go/mskit

go 1.26
