import type { CallToolResult, McpServer, ToolAnnotations } from '@modelcontextprotocol/server';
import { ApiError, type MoonshareApi } from '@moonshare/api';
import { MoonshareError } from '@moonshare/contract';
import type { z } from 'zod';
import { type Content, contentOf } from './content.ts';
import { Progress } from './progress.ts';

/** For whom tools are called. */
export interface Caller {
  api: MoonshareApi;
  /** What the agent is called among the participants, unless a call says otherwise; undefined: the server's default. */
  participant: string | undefined;
  /** Ends all calls: the client has gone. */
  signal: AbortSignal;
}

/** A call of a tool. */
export interface Call extends Caller {
  progress: Progress;
}

export interface Tool {
  name: string;
  register(server: McpServer, caller: Caller): void;
}

/** The definition of a tool. What `run` returns is its content, or a value that is told as JSON. */
export function tool<Input extends z.ZodObject>(definition: {
  name: string;
  title: string;
  description: string;
  input: Input;
  annotations: ToolAnnotations;
  run(input: z.output<Input>, call: Call): Promise<Content | object>;
}): Tool {
  const { name, title, description, input: inputSchema, annotations, run } = definition;
  return {
    name,
    register: (server, caller) => {
      const config = { title, description, inputSchema: inputSchema as z.ZodObject, annotations };
      server.registerTool(name, config, async (input, context) => {
        const progress = new Progress(context);
        const signal = AbortSignal.any([caller.signal, context.mcpReq.signal]);
        try {
          const result = await run(input as z.output<Input>, { ...caller, signal, progress });
          return { content: Array.isArray(result) ? result : contentOf(result) };
        } catch (error) {
          return failure(error);
        } finally {
          progress.end();
        }
      });
    },
  };
}

/** A tool error, which models read: its code, and what to do about it. */
function failure(thrown: unknown): CallToolResult {
  const { code, message, hint, details } = thrown instanceof ApiError ? thrown : MoonshareError.from(thrown);
  const body = { code, error: message, hint, ...(details !== null && { details }) };
  return { isError: true, content: contentOf(body) };
}
