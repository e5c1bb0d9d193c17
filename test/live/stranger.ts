/** In the form of `pg_dump --schema-only`: what a schema of some age holds. */
export const STRANGER = `--
-- PostgreSQL database dump
--
\\restrict abcdef
SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA billing;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;
CREATE TYPE public.plan_kind AS ENUM ('free', 'pro', 'enterprise');
CREATE DOMAIN public.positive_int AS integer CONSTRAINT positive_int_check CHECK ((VALUE > 0));
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.tenants (
    id uuid DEFAULT public.gen_random_uuid() NOT NULL,
    name character varying(80) NOT NULL,
    slug public.citext NOT NULL,
    plan public.plan_kind DEFAULT 'free'::public.plan_kind NOT NULL,
    seats public.positive_int DEFAULT 1 NOT NULL,
    tags public.plan_kind[] DEFAULT '{}'::public.plan_kind[] NOT NULL,
    settings json DEFAULT '{}'::json NOT NULL,
    search tsvector,
    created_at timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT tenants_dates CHECK ((updated_at >= created_at)),
    CONSTRAINT tenants_name CHECK ((char_length((name)::text) >= 3))
);
ALTER TABLE public.tenants OWNER TO CURRENT_USER;
CREATE TABLE public.users (
    id bigint NOT NULL,
    tenant_id uuid NOT NULL,
    email character varying(120) NOT NULL,
    "firstName" text,
    phone_number character varying(15),
    age smallint,
    manager_id bigint,
    role character varying(20) DEFAULT 'member'::character varying NOT NULL,
    ip inet, raw bytea, score real, ratio double precision, balance numeric(12,4) DEFAULT 0,
    birth date, wake time without time zone, timeout interval, active boolean DEFAULT true NOT NULL,
    full_name text GENERATED ALWAYS AS (("firstName" || 'x'::text)) STORED,
    CONSTRAINT users_age CHECK (((age >= 18) AND (age <= 99))),
    CONSTRAINT users_role CHECK (((role)::text = ANY ((ARRAY['member'::character varying, 'admin'::character varying])::text[])))
);
CREATE SEQUENCE public.users_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE TABLE public.profiles (user_id bigint NOT NULL, bio text, avatar_url text);
CREATE TABLE public.memberships (user_id bigint NOT NULL, tenant_id uuid NOT NULL, level integer DEFAULT 0 NOT NULL);
CREATE TABLE billing.invoices (
    id integer NOT NULL, tenant_id uuid NOT NULL, number integer NOT NULL, total money, amounts numeric(8,2)[], issued_on date NOT NULL
);
ALTER TABLE billing.invoices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME billing.invoices_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);
CREATE TABLE billing.lines (invoice_id integer NOT NULL, line_no integer NOT NULL, description text, qty numeric(10,3) NOT NULL, PRIMARY KEY (invoice_id, line_no));
CREATE TABLE public.measurements (id bigint NOT NULL, sensor smallint NOT NULL, at timestamptz NOT NULL, v float8) PARTITION BY RANGE (at);
CREATE TABLE public.measurements_a (id bigint NOT NULL, sensor smallint NOT NULL, at timestamptz NOT NULL, v float8);
CREATE TABLE public.measurements_b (id bigint NOT NULL, sensor smallint NOT NULL, at timestamptz NOT NULL, v float8);
ALTER TABLE ONLY public.measurements ATTACH PARTITION public.measurements_a FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-07-01 00:00:00+00');
ALTER TABLE ONLY public.measurements ATTACH PARTITION public.measurements_b FOR VALUES FROM ('2024-07-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
ALTER TABLE ONLY public.tenants ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_tenant_email_key UNIQUE (tenant_id, email) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.profiles ADD CONSTRAINT profiles_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.memberships ADD CONSTRAINT memberships_pkey PRIMARY KEY (user_id, tenant_id);
ALTER TABLE ONLY billing.invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY billing.invoices ADD CONSTRAINT invoices_number UNIQUE (tenant_id, number);
ALTER TABLE ONLY public.measurements ADD CONSTRAINT measurements_pkey PRIMARY KEY (id, at);
CREATE UNIQUE INDEX tenants_slug ON public.tenants USING btree (lower((slug)::text)) WITH (fillfactor='70');
CREATE INDEX users_trgm ON public.users USING btree (tenant_id, lower(("firstName")::text)) WHERE active;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON public.tenants FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE ONLY public.users ADD CONSTRAINT users_tenant_fk FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.users ADD CONSTRAINT users_manager_fk FOREIGN KEY (manager_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.profiles ADD CONSTRAINT profiles_user_fk FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.memberships ADD CONSTRAINT m_user_fk FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.memberships ADD CONSTRAINT m_tenant_fk FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY billing.invoices ADD CONSTRAINT i_tenant_fk FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY billing.lines ADD CONSTRAINT l_invoice_fk FOREIGN KEY (invoice_id) REFERENCES billing.invoices(id);
CREATE VIEW public.v AS SELECT tenants.id, tenants.name FROM public.tenants GROUP BY tenants.id;
CREATE MATERIALIZED VIEW billing.totals AS SELECT count(*) AS n FROM billing.invoices WITH NO DATA;
COMMENT ON CONSTRAINT users_pkey ON public.users IS 'it''s the key';
COMMENT ON INDEX public.users_trgm IS 'idx';
ALTER TABLE ONLY public.users CLUSTER ON users_pkey;
ALTER TABLE ONLY billing.invoices REPLICA IDENTITY USING INDEX invoices_number;
\\unrestrict abcdef
`;
