"""The guide's worker on the official Python SDK, served over HTTP/2 on any free port.

`run` does its subtasks as side effects of its own; `run_apart` makes each an invocation.
"""

import asyncio
import os
from datetime import timedelta
from typing import TypedDict

import hypercorn.asyncio
import hypercorn.config
import restate

SUBTASK_MS = int(os.environ.get("SUBTASK_MS", "100"))


class Task(TypedDict):
    description: str


worker = restate.Service("FanOutWorker")


@worker.handler()
async def run(ctx: restate.Context, task: Task) -> Task:
    parts = await ctx.run_typed("split task", split, task=task)
    started = [ctx.run_typed(f"execute {part['description']}", execute, part=part) for part in parts]
    return joined([await done for done in await restate.gather(*started)])


@worker.handler()
async def run_apart(ctx: restate.Context, task: Task) -> Task:
    parts = await ctx.run_typed("split task", split, task=task)
    started = [ctx.service_call(run_subtask, arg=part) for part in parts]
    return joined([await done for done in await restate.gather(*started)])


@worker.handler()
async def run_subtask(ctx: restate.Context, part: Task) -> Task:
    await ctx.sleep(timedelta(milliseconds=SUBTASK_MS))
    return finished(part)


def split(task: Task) -> list[Task]:
    return [{"description": part} for part in task["description"].split(",")]


async def execute(part: Task) -> Task:
    await asyncio.sleep(SUBTASK_MS / 1000)
    return finished(part)


def finished(part: Task) -> Task:
    return {"description": f"{part['description']}: DONE"}


def joined(results: list[Task]) -> Task:
    return {"description": ",".join(result["description"] for result in results)}


if __name__ == "__main__":
    config = hypercorn.config.Config()
    config.bind = ["127.0.0.1:0"]
    asyncio.run(hypercorn.asyncio.serve(restate.app([worker]), config))
