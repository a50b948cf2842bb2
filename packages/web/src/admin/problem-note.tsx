import type { Problem } from '@moonshare/client';

/** What went wrong and what to do, announced when it appears; nothing for null. `outlook`: what the page does about it. */
export function ProblemNote({ problem, outlook }: { problem: Problem | null; outlook?: string }) {
  return problem === null ? null : (
    <div role="alert">
      <ProblemText problem={problem} outlook={outlook} />
    </div>
  );
}

/** The same as part of a list, where announcing each change would be a nuisance. */
export function ProblemText({ problem, outlook }: { problem: Problem; outlook?: string | undefined }) {
  return (
    <p class="note problem">
      <strong>{problem.message}.</strong> {problem.hint} {outlook} <code>{problem.code}</code>
    </p>
  );
}
