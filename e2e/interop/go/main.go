// The guide's worker on the official Go SDK, served over HTTP/2 on any free port.
package main

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	restate "github.com/restatedev/sdk-go"
	"github.com/restatedev/sdk-go/server"
)

// Task is a task, a part of one, or a result: all are a description.
type Task struct {
	Description string `json:"description"`
}

// FanOutWorker splits a task, runs its parts side by side and joins their results.
type FanOutWorker struct{}

// Run makes each part an invocation of its own.
func (FanOutWorker) Run(ctx restate.Context, task Task) (Task, error) {
	parts, err := split(ctx, task)
	if err != nil {
		return Task{}, err
	}
	futures := make([]restate.Future, len(parts))
	for i, part := range parts {
		client := restate.Service[Task](ctx, "FanOutWorker", "RunSubtask")
		futures[i] = client.RequestFuture(part)
	}
	return join(ctx, futures, func(future restate.Future) (Task, error) {
		return future.(restate.ResponseFuture[Task]).Response()
	})
}

// RunInline does the parts as side effects of its own.
func (FanOutWorker) RunInline(ctx restate.Context, task Task) (Task, error) {
	parts, err := split(ctx, task)
	if err != nil {
		return Task{}, err
	}
	futures := make([]restate.Future, len(parts))
	for i, part := range parts {
		futures[i] = restate.RunAsync(ctx, func(restate.RunContext) (Task, error) {
			time.Sleep(subtaskTime())
			return finished(part), nil
		}, restate.WithName("execute "+part.Description))
	}
	return join(ctx, futures, func(future restate.Future) (Task, error) {
		return future.(restate.RunAsyncFuture[Task]).Result()
	})
}

// RunSubtask does one part.
func (FanOutWorker) RunSubtask(ctx restate.Context, part Task) (Task, error) {
	if err := restate.Sleep(ctx, subtaskTime()); err != nil {
		return Task{}, err
	}
	return finished(part), nil
}

func split(ctx restate.Context, task Task) ([]Task, error) {
	return restate.Run(ctx, func(restate.RunContext) ([]Task, error) {
		parts := []Task{}
		for text := range strings.SplitSeq(task.Description, ",") {
			parts = append(parts, Task{Description: text})
		}
		return parts, nil
	}, restate.WithName("split task"))
}

// join waits for the futures in the order in which they complete; its result has their own order.
func join(
	ctx restate.Context,
	futures []restate.Future,
	resultOf func(restate.Future) (Task, error),
) (Task, error) {
	for _, err := range restate.Wait(ctx, futures...) {
		if err != nil {
			return Task{}, err
		}
	}
	results := make([]string, len(futures))
	for i, future := range futures {
		result, err := resultOf(future)
		if err != nil {
			return Task{}, err
		}
		results[i] = result.Description
	}
	return Task{Description: strings.Join(results, ",")}, nil
}

func finished(part Task) Task {
	return Task{Description: part.Description + ": DONE"}
}

func subtaskTime() time.Duration {
	milliseconds, err := strconv.Atoi(os.Getenv("SUBTASK_MS"))
	if err != nil {
		milliseconds = 100
	}
	return time.Duration(milliseconds) * time.Millisecond
}

func main() {
	worker := server.NewRestate().Bind(restate.Reflect(FanOutWorker{}))
	if err := worker.Start(context.Background(), "127.0.0.1:0"); err != nil {
		slog.Error("the worker has ended", "error", err)
		os.Exit(1)
	}
}
