/** Made of the OpenAPI document by `npm run client`; test/http/generated-client.test.ts says when it is stale. */
export interface paths {
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Chat completion, streamed or not */
        post: operations["createChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** OpenAI Responses, streamed or not */
        post: operations["createResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Anthropic Messages, streamed or not */
        post: operations["createMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How many input tokens a message has */
        post: operations["countMessageTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Legacy completion, streamed or not */
        post: operations["createCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Embeddings */
        post: operations["createEmbeddings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/provider-keys/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One cheap real call with the stored secret */
        post: operations["testProviderKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models that the catalogue knows */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model */
        get: operations["getModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Providers, and what a key of each is made of */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/provider-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Provider keys with their health */
        get: operations["listProviderKeys"];
        put?: never;
        /** Store a provider key */
        post: operations["createProviderKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/provider-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One provider key */
        get: operations["getProviderKey"];
        put?: never;
        post?: never;
        /** Delete a provider key and its secret */
        delete: operations["deleteProviderKey"];
        options?: never;
        head?: never;
        /** Change or rotate a provider key */
        patch: operations["updateProviderKey"];
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys */
        get: operations["listApiKeys"];
        put?: never;
        /** Create an API key; it is shown once */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        /** Change an API key */
        patch: operations["updateApiKey"];
        trace?: never;
    };
    "/v1/api-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create the successor of an API key; the old one lasts for the overlap */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Request log, newest first */
        get: operations["listLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One request */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Usage by day, model, provider, credential and key */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Credit balance and holds */
        get: operations["getBalance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose operator token this is, and its role */
        get: operations["getOperator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operator/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Each provider's platform credential: whether it is set, and how it fares */
        get: operations["listPlatformCredentials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operator/alarms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The gateway's alarms and their state */
        get: operations["listAlarms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workspaces */
        get: operations["listWorkspaces"];
        put?: never;
        /** Create a workspace with its first API key */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One workspace with its balance */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a workspace */
        patch: operations["updateWorkspace"];
        trace?: never;
    };
    "/v1/workspaces/{id}/provider-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Provider keys of a workspace with their health */
        get: operations["listWorkspaceProviderKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{id}/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add credit, once per idempotency key */
        post: operations["addCredits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prices that replace those of the catalogue */
        get: operations["listPrices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the price of a model, or keep platform credentials from serving it */
        put: operations["setPrice"];
        post?: never;
        /** Return to the catalogue's price */
        delete: operations["deletePrice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the gateway answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ProviderKey: {
            id: string;
            /** @constant */
            object: "provider_key";
            provider: string;
            label: string | null;
            region: string | null;
            region_source: ("key" | "credential" | "field" | "default") | null;
            fallback_enabled: boolean;
            fallback_on: ("credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled")[] | null;
            priority: number;
            models: (string[] | {
                [key: string]: {
                    base_model?: string;
                };
            }) | null;
            fallback_cap_day_usd: string | null;
            fallback_cap_month_usd: string | null;
            enabled: boolean;
            credential: {
                /** @enum {string} */
                type: "api_key" | "aws_credentials" | "service_account" | "role" | "workload_identity";
                hint: string;
            };
            version: number;
            health: {
                /** @enum {string} */
                state: "unused" | "healthy" | "failing" | "cooling_down";
                since: string | null;
                last_error: {
                    /** @enum {string} */
                    kind: "credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled";
                    status: number | null;
                    code: string | null;
                    message: string;
                    /** @description ISO 8601, UTC */
                    at: string;
                } | null;
                failures: number;
                cooling_until: string | null;
                fallbacks_24h: number;
                /** @description USD as a decimal, seven places */
                fallback_cost_24h_usd: string;
            };
            /** @description ISO 8601, UTC */
            created_at: string;
            /** @description ISO 8601, UTC */
            updated_at: string;
            last_used_at: string | null;
            trust?: Record<string, never>;
        };
        ProviderKeyTest: {
            /** @constant */
            object: "provider_key_test";
            /** @enum {string} */
            state: "verified" | "invalid" | "no_permission" | "rate_limited" | "quota_exceeded" | "unreachable" | "inconclusive";
            detail: string;
            hint: string | null;
            provider_status: number | null;
            model: string;
            latency_ms: number;
            /** @description ISO 8601, UTC */
            checked_at: string;
            region: string | null;
        };
        ApiKey: {
            id: string;
            /** @constant */
            object: "api_key";
            name: string | null;
            scopes: ("inference" | "manage")[];
            enabled: boolean;
            revoked_at: string | null;
            requests_per_minute: number | null;
            requests_per_day: number | null;
            tokens_per_minute: number | null;
            spend_month_usd: string | null;
            spend_total_usd: string | null;
            models: string[] | null;
            expires_at: string | null;
            /** @description ISO 8601, UTC */
            created_at: string;
            last_used_at: string | null;
        };
        NewApiKey: {
            id: string;
            /** @constant */
            object: "api_key";
            name: string | null;
            scopes: ("inference" | "manage")[];
            enabled: boolean;
            revoked_at: string | null;
            requests_per_minute: number | null;
            requests_per_day: number | null;
            tokens_per_minute: number | null;
            spend_month_usd: string | null;
            spend_total_usd: string | null;
            models: string[] | null;
            expires_at: string | null;
            /** @description ISO 8601, UTC */
            created_at: string;
            last_used_at: string | null;
            /** @description Shown here, and never again */
            key: string;
            rotates?: string;
        };
        Model: {
            id: string;
            /** @constant */
            object: "model";
            created: number;
            owned_by: string;
            /** @enum {string} */
            kind: "chat" | "embeddings";
            providers: string[];
            context_length: number | null;
            architecture: {
                input_modalities: string[] | null;
                output_modalities: string[] | null;
            };
            top_provider: {
                context_length: number | null;
                max_completion_tokens: number | null;
            };
            pricing: {
                /** @description USD as a decimal, seven places */
                input_usd_per_million: string;
                /** @description USD as a decimal, seven places */
                output_usd_per_million: string;
            } | null;
            expiration_date?: string;
            successor?: string;
        };
        Provider: {
            /** @constant */
            object: "provider";
            name: string;
            title: string;
            credential_schemas: Record<string, never>[];
            permissions: string[];
            test_model: string;
            documentation: string;
        };
        LogRecord: {
            request_id: string;
            gateway_request_id: string | null;
            gateway_extended_request_id: string | null;
            lambda_request_id: string | null;
            workspace_id: string;
            api_key_id: string;
            /** @description ISO 8601, UTC */
            at: string;
            endpoint: string;
            model: string | null;
            stream: boolean;
            status: number;
            error_code: string | null;
            error_message?: string;
            credential: ("byok" | "platform") | null;
            provider: string | null;
            provider_key_id: string | null;
            provider_model: string | null;
            provider_request_id: string | null;
            fallback_triggered: boolean;
            attempts: {
                /** @enum {string} */
                target: "byok" | "platform";
                provider: string;
                provider_key_id: string | null;
                model?: string | null;
                region: string | null;
                kind: ("credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled") | null;
                status: number | null;
                code: string | null;
                message: string | null;
                provider_request_id: string | null;
                started_ms?: number;
                ms: number;
            }[];
            usage: {
                prompt_tokens: number;
                completion_tokens: number;
                cached_tokens: number;
                reasoning_tokens: number;
            } | null;
            usage_estimated: boolean;
            /** @description USD as a decimal, seven places */
            cost: string;
            settled: boolean;
            upstream_cost: string | null;
            first_byte_ms: number | null;
            total_ms: number;
            gateway_ms: number;
            finish_reason: string | null;
            dropped_params: string[];
            route: string | null;
            kind: ("credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled") | null;
            message: string | null;
            client: {
                user_agent: string | null;
                ip: string | null;
            };
            traceparent?: string;
            expires_at: number;
        };
        UsageRow: {
            workspace_id?: string;
            day: string;
            model: string | null;
            provider: string | null;
            credential: ("byok" | "platform") | null;
            api_key_id: string;
            provider_key_id: string | null;
            requests: number;
            errors: number;
            prompt_tokens: number;
            completion_tokens: number;
            cached_tokens: number;
            reasoning_tokens: number;
            /** @description USD as a decimal, seven places */
            cost: string;
            /** @description USD as a decimal, seven places */
            upstream_cost: string;
        };
        Balance: {
            /** @constant */
            object: "balance";
            /** @description USD as a decimal, seven places */
            balance_usd: string;
            /** @description USD as a decimal, seven places */
            held_usd: string;
            /** @description USD as a decimal, seven places */
            available_usd: string;
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        Document: {
            openapi: string;
            paths: Record<string, never>;
            components: Record<string, never>;
        };
        ProviderKeyList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ProviderKey"][];
            next_cursor: string | null;
        };
        ApiKeyList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ApiKey"][];
            next_cursor: string | null;
        };
        ModelList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Model"][];
            next_cursor: string | null;
            data_as_of: string;
        };
        ProviderList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Provider"][];
            next_cursor: string | null;
        };
        LogRecordList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["LogRecord"][];
            next_cursor: string | null;
        };
        UsageList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["UsageRow"][];
            next_cursor: string | null;
            /** @description ISO 8601, UTC */
            from: string;
            /** @description ISO 8601, UTC */
            to: string;
        };
        Workspace: {
            id: string;
            /** @constant */
            object: "workspace";
            name: string;
            enabled: boolean;
            suspended: boolean;
            suspended_reason: string | null;
            suspended_at: string | null;
            requests_per_minute: number | null;
            requests_in_flight: number | null;
            tokens_per_minute: number | null;
            retention_days: number;
            fallback_cap_day_usd: string | null;
            fallback_cap_month_usd: string | null;
            /** @description USD as a decimal, seven places */
            balance_usd: string;
            /** @description USD as a decimal, seven places */
            held_usd: string;
            /** @description USD as a decimal, seven places */
            available_usd: string;
            /** @description ISO 8601, UTC */
            created_at: string;
        };
        NewWorkspace: {
            id: string;
            /** @constant */
            object: "workspace";
            name: string;
            enabled: boolean;
            suspended: boolean;
            suspended_reason: string | null;
            suspended_at: string | null;
            requests_per_minute: number | null;
            requests_in_flight: number | null;
            tokens_per_minute: number | null;
            retention_days: number;
            fallback_cap_day_usd: string | null;
            fallback_cap_month_usd: string | null;
            /** @description USD as a decimal, seven places */
            balance_usd: string;
            /** @description USD as a decimal, seven places */
            held_usd: string;
            /** @description USD as a decimal, seven places */
            available_usd: string;
            /** @description ISO 8601, UTC */
            created_at: string;
            api_key: {
                id: string;
                /** @description Shown here, and never again */
                key: string;
                scopes: ("inference" | "manage")[];
            };
        };
        Credit: {
            /** @constant */
            object: "credit";
            workspace_id: string;
            /** @description USD as a decimal, seven places */
            amount_usd: string;
            idempotency_key: string;
            /** @description USD as a decimal, seven places */
            balance_usd: string;
            /** @description USD as a decimal, seven places */
            held_usd: string;
            /** @description USD as a decimal, seven places */
            available_usd: string;
        };
        Price: {
            /** @constant */
            object: "price";
            id: string;
            served: boolean;
            /** @description USD as a decimal, seven places */
            input_usd_per_million?: string;
            /** @description USD as a decimal, seven places */
            output_usd_per_million?: string;
            /** @description USD as a decimal, seven places */
            cached_input_usd_per_million?: string;
            /** @description USD as a decimal, seven places */
            cache_write_usd_per_million?: string;
            /** @description USD as a decimal, seven places */
            audio_input_usd_per_million?: string;
            /** @description USD as a decimal, seven places */
            audio_output_usd_per_million?: string;
            tiers?: {
                above_tokens: number;
                /** @description USD as a decimal, seven places */
                input_usd_per_million: string;
                /** @description USD as a decimal, seven places */
                output_usd_per_million: string;
                /** @description USD as a decimal, seven places */
                cached_input_usd_per_million?: string;
                /** @description USD as a decimal, seven places */
                cache_write_usd_per_million?: string;
                /** @description USD as a decimal, seven places */
                audio_input_usd_per_million?: string;
                /** @description USD as a decimal, seven places */
                audio_output_usd_per_million?: string;
            }[];
            max_output_tokens: number | null;
            /** @description ISO 8601, UTC */
            updated_at: string;
        };
        Operator: {
            /** @constant */
            object: "operator";
            name: string;
            /** @enum {string} */
            role: "owner" | "support";
        };
        PlatformCredential: {
            /** @constant */
            object: "platform_credential";
            provider: string;
            title: string;
            /** @enum {string} */
            state: "set" | "role" | "missing" | "unknown";
            secret: string;
            note: string;
            documentation: string;
            serves: number;
            type: ("api_key" | "aws_credentials" | "service_account" | "role" | "workload_identity") | null;
            region: string | null;
            names: {
                account?: string;
                role?: string;
                project?: string;
                service_account?: string;
                organization?: string;
                endpoint?: string;
                tenant?: string;
            };
            changed_at: string | null;
            last_used_at: string | null;
            health: {
                /** @enum {string} */
                state: "unused" | "healthy" | "failing" | "cooling_down";
                since: string | null;
                last_error: {
                    /** @enum {string} */
                    kind: "credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled";
                    status: number | null;
                    code: string | null;
                    message: string;
                    /** @description ISO 8601, UTC */
                    at: string;
                } | null;
                failures: number;
                cooling_until: string | null;
                cooling_models: {
                    model: string;
                    /** @enum {string} */
                    kind: "credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled";
                    /** @description ISO 8601, UTC */
                    until: string;
                }[];
            };
        };
        Alarm: {
            /** @constant */
            object: "alarm";
            name: string;
            says: string;
            /** @enum {string} */
            state: "ok" | "alarm" | "insufficient_data";
            since: string | null;
            reason: string;
            notifies: boolean;
            runbook: {
                chapter: string;
                path: string;
            } | null;
        };
        AuditRecord: {
            /** @constant */
            object: "audit_record";
            request_id: string;
            /** @description ISO 8601, UTC */
            at: string;
            workspace_id: string | null;
            operation: string;
            target: string | null;
            actor: {
                /** @enum {string} */
                type: "operator" | "api_key";
                id: string | null;
                role?: ("owner" | "support") | null;
            };
            /** @enum {string} */
            outcome: "pending" | "done" | "refused" | "failed";
            status: number | null;
            error_code: string | null;
            before: Record<string, never> | null;
            after: Record<string, never> | null;
            client: {
                user_agent: string | null;
                ip: string | null;
            };
        };
        PlatformCredentialList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["PlatformCredential"][];
            next_cursor: string | null;
        };
        AlarmList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Alarm"][];
            next_cursor: string | null;
            /** @enum {string} */
            source: "cloudwatch" | "none";
            problem: {
                /** @enum {string} */
                kind: "denied" | "unreachable";
                message: string;
                hint: string;
            } | null;
        };
        AuditRecordList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["AuditRecord"][];
            next_cursor: string | null;
        };
        WorkspaceList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Workspace"][];
            next_cursor: string | null;
        };
        PriceList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Price"][];
            next_cursor: string | null;
        };
        ChatCompletion: {
            id: string;
            /** @constant */
            object: "chat.completion";
            created: number;
            model: string;
            choices: {
                index: number;
                message: {
                    role: string;
                    content?: string | null;
                };
                finish_reason: string | null;
            }[];
            usage?: {
                prompt_tokens: number;
                completion_tokens?: number;
                total_tokens: number;
                byok_used?: boolean;
                fallback_triggered?: boolean;
                /** @description USD as a decimal, seven places: what was charged to credits */
                cost?: string;
            };
        };
        Completion: {
            id: string;
            /** @constant */
            object: "text_completion";
            created: number;
            model: string;
            choices: {
                index: number;
                text: string;
                finish_reason: string | null;
            }[];
            usage?: {
                prompt_tokens: number;
                completion_tokens?: number;
                total_tokens: number;
                byok_used?: boolean;
                fallback_triggered?: boolean;
                /** @description USD as a decimal, seven places: what was charged to credits */
                cost?: string;
            };
        };
        Response: {
            id: string;
            /** @constant */
            object: "response";
            model: string;
            status: string;
            output: {
                type: string;
            }[];
            usage?: {
                input_tokens: number;
                output_tokens: number;
                byok_used?: boolean;
                fallback_triggered?: boolean;
                /** @description USD as a decimal, seven places: what was charged to credits */
                cost?: string;
            } | null;
        };
        Message: {
            id: string;
            /** @constant */
            type: "message";
            /** @constant */
            role: "assistant";
            model: string;
            content: {
                type: string;
            }[];
            stop_reason: string | null;
            usage: {
                input_tokens: number;
                output_tokens: number;
                byok_used?: boolean;
                fallback_triggered?: boolean;
                /** @description USD as a decimal, seven places: what was charged to credits */
                cost?: string;
            };
        };
        TokenCount: {
            input_tokens: number;
        };
        EmbeddingList: {
            /** @constant */
            object: "list";
            model: string;
            data: {
                /** @constant */
                object: "embedding";
                index: number;
                embedding: number[] | string;
            }[];
            usage: {
                prompt_tokens: number;
                completion_tokens?: number;
                total_tokens: number;
                byok_used?: boolean;
                fallback_triggered?: boolean;
                /** @description USD as a decimal, seven places: what was charged to credits */
                cost?: string;
            };
        };
        Error: {
            error: {
                message: string;
                type: string;
                code: string;
                param: string | null;
                hint?: string;
                retry_after_seconds?: number;
                provider_error?: {
                    provider: string;
                    status: number | null;
                    code: string | null;
                    message: string;
                    request_id: string | null;
                };
                attempts?: {
                    target: string;
                    kind: string | null;
                    status: number | null;
                    ms: number;
                }[];
            };
            request_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    createChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    messages: {
                        role: string;
                    }[];
                    stream?: boolean | null;
                    stream_options?: {
                        include_usage?: boolean | null;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                    "text/event-stream": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createResponse: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    input?: (string | Record<string, never>[]) | null;
                    stream?: boolean | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                    "text/event-stream": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createMessage: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    messages: {
                        role: string;
                    }[];
                    max_tokens: number;
                    stream?: boolean | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                    "text/event-stream": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    countMessageTokens: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    messages: {
                        role: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCount"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createCompletion: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    prompt: string | unknown[];
                    stream?: boolean | null;
                    stream_options?: {
                        include_usage?: boolean | null;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                    "text/event-stream": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createEmbeddings: {
        parameters: {
            query?: never;
            header?: {
                "x-keyway-credentials"?: "byok-first" | "byok-only" | "platform-only";
                "x-keyway-provider-key"?: string;
                "x-keyway-timeout-ms"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    input: string | unknown[];
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    testProviderKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model?: string;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKeyTest"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listProviderKeys: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKeyList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createProviderKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    credential: unknown;
                    label?: string | null;
                    region?: string | null;
                    fallback_enabled?: boolean;
                    fallback_on?: ("credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled")[] | null;
                    priority?: number;
                    models?: (string[] | {
                        [key: string]: {
                            base_model?: string;
                        };
                    }) | null;
                    fallback_cap_day_usd?: string | null;
                    fallback_cap_month_usd?: string | null;
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getProviderKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteProviderKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    updateProviderKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    credential?: unknown;
                    label?: string | null;
                    region?: string | null;
                    fallback_enabled?: boolean;
                    fallback_on?: ("credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled")[] | null;
                    priority?: number;
                    models?: (string[] | {
                        [key: string]: {
                            base_model?: string;
                        };
                    }) | null;
                    fallback_cap_day_usd?: string | null;
                    fallback_cap_month_usd?: string | null;
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string | null;
                    scopes: ("inference" | "manage")[];
                    requests_per_minute?: number | null;
                    tokens_per_minute?: number | null;
                    requests_per_day?: number | null;
                    spend_month_usd?: string | null;
                    spend_total_usd?: string | null;
                    models?: string[] | null;
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    updateApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string | null;
                    scopes?: ("inference" | "manage")[];
                    enabled?: boolean;
                    requests_per_minute?: number | null;
                    tokens_per_minute?: number | null;
                    requests_per_day?: number | null;
                    spend_month_usd?: string | null;
                    spend_total_usd?: string | null;
                    models?: string[] | null;
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listLogs: {
        parameters: {
            query?: {
                workspace_id?: string;
                from?: string;
                to?: string;
                status?: string;
                kind?: "credential" | "permission" | "rate_limit" | "quota" | "model_access" | "overloaded" | "timeout" | "network" | "secret_unavailable" | "bad_request" | "content_filter" | "cancelled";
                model?: string;
                provider?: string;
                credential?: "byok" | "platform";
                provider_key_id?: string;
                api_key_id?: string;
                provider_request_id?: string;
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogRecordList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getLog: {
        parameters: {
            query?: {
                workspace_id?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogRecord"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: {
                workspace_id?: string;
                from?: string;
                to?: string;
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageList"];
                    "text/csv": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                workspace_id?: string;
                from?: string;
                to?: string;
                actor?: string;
                operation?: string;
                outcome?: "pending" | "done" | "refused" | "failed";
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditRecordList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getBalance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balance"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOperator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operator"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listPlatformCredentials: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformCredentialList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listAlarms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspaceList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    credit_usd?: string;
                };
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWorkspace"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    updateWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    enabled?: boolean;
                    suspended?: boolean;
                    suspended_reason?: string | null;
                    requests_per_minute?: number | null;
                    tokens_per_minute?: number | null;
                    requests_in_flight?: number | null;
                    retention_days?: number;
                    fallback_cap_day_usd?: string | null;
                    fallback_cap_month_usd?: string | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWorkspaceProviderKeys: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderKeyList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addCredits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    amount_usd: string;
                    idempotency_key: string;
                };
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credit"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listPrices: {
        parameters: {
            query?: {
                limit?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    setPrice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    served?: boolean;
                    input_usd_per_million?: string;
                    output_usd_per_million?: string;
                    cached_input_usd_per_million?: string;
                    cache_write_usd_per_million?: string;
                    audio_input_usd_per_million?: string;
                    audio_output_usd_per_million?: string;
                    tiers?: {
                        above_tokens: number;
                        input_usd_per_million: string;
                        output_usd_per_million: string;
                        cached_input_usd_per_million?: string;
                        cache_write_usd_per_million?: string;
                        audio_input_usd_per_million?: string;
                        audio_output_usd_per_million?: string;
                    }[];
                    max_output_tokens?: number | null;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Price"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deletePrice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Document"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
