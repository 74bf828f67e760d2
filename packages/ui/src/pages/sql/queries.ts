/** Questions that operators ask often. */

export interface NamedQuery {
  readonly title: string;
  readonly sql: string;
}

export const QUERIES: readonly NamedQuery[] = [
  {
    title: "Invocations by service and status",
    sql: `select target_service_name as service, status, count(*) as count
from sys_invocation
group by 1, 2
order by count desc`,
  },
  {
    title: "What retries, and why",
    sql: `select id, target, retry_count, next_retry_at, last_failure
from sys_invocation
where status = 'backing-off'
order by retry_count desc
limit 200`,
  },
  {
    title: "Failures of the last hour, by message",
    sql: `select target, completion_failure, count(*) as count
from sys_invocation
where completion_result = 'failure' and completed_at > now() - interval '1 hour'
group by 1, 2
order by count desc`,
  },
  {
    title: "The longest that are not done",
    sql: `select id, target, status, created_at
from sys_invocation
where status <> 'completed'
order by created_at
limit 100`,
  },
  {
    title: "The largest fan-outs",
    sql: `select invoked_by_id as parent, count(*) as children,
  count(*) filter (where status = 'completed') as done
from sys_invocation
where invoked_by_id is not null
group by 1
order by children desc
limit 50`,
  },
  {
    title: "Queues of keys",
    sql: `select service_name, service_key, count(*) as waiting
from sys_inbox
group by 1, 2
order by waiting desc
limit 100`,
  },
  {
    title: "The tables",
    sql: `select table_name, count(*) as columns
from information_schema.columns
group by 1
order by 1`,
  },
];
