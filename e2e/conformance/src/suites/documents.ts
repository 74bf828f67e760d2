/** OpenAPI documents of services. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const documents: Group = {
  name: "OpenAPI",
  needs: [],
  tests: {
    "describes a service": {
      needs: ["TestUtilsService"],
      run: async ({ admin }) => {
        const document = await admin.must<Document>("GET", "/services/TestUtilsService/openapi");
        expect(document).toMatchObject({
          openapi: expect.stringMatching(/^3\.1\./),
          info: { title: "TestUtilsService" },
        });
        expect(document.paths["/restate/call/TestUtilsService/echo"]).toHaveProperty("post");
        expect(document.paths["/restate/send/TestUtilsService/echo"]).toHaveProperty("post");
      },
    },

    "describes an object": {
      needs: ["Counter"],
      run: async ({ admin }) => {
        const { paths } = await admin.must<Document>("GET", "/services/Counter/openapi");
        expect(paths["/restate/call/Counter/{key}/add"]).toHaveProperty("post");
        expect(paths["/restate/send/Counter/{key}/add"]).toHaveProperty("post");
      },
    },

    "describes a workflow": {
      needs: ["BlockAndWaitWorkflow"],
      run: async ({ admin }) => {
        const { paths } = await admin.must<Document>(
          "GET",
          "/services/BlockAndWaitWorkflow/openapi",
        );
        expect(Object.keys(paths)).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/^\/restate\/workflow\/BlockAndWaitWorkflow\/\{key\}\/attach/),
          ]),
        );
      },
    },

    "knows no document of an unknown service": async ({ admin }) => {
      expect((await admin.request("GET", "/services/Unknown/openapi")).status).toBe(404);
    },
  },
};
