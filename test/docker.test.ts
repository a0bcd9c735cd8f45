import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const lines = (name: string): string[] => read(name).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

interface Service {
  build?: string;
  environment: Record<string, string>;
  volumes: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
}

describe('the Dockerfile', () => {
  const copied = lines('Dockerfile')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));

  it('copies files that are there, and that .dockerignore lets through', () => {
    const admitted = lines('.dockerignore').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(lines('.dockerignore')[0]).toBe('*');
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(copied.filter((path) => !admitted.includes(path))).toEqual([]);
  });

  it('does not run as root, and knows when the server is ready', () => {
    const last = lines('Dockerfile').slice(lines('Dockerfile').findLastIndex((line) => line.startsWith('FROM')));
    expect(last).toContain('USER node');
    expect(last.join('\n')).toMatch(/HEALTHCHECK[^]*\/health\/ready/);
    expect(last.join('\n')).not.toMatch(/SECRET|PASSWORD/);
  });
});

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml')) as { services: Record<string, Service> };
  const { belfry, postgres } = services as { belfry: Service; postgres: Service };

  it('has the app wait for its database, on the address that it is given', () => {
    expect(belfry.depends_on?.postgres?.condition).toBe('service_healthy');
    expect(postgres.healthcheck).toBeDefined();
    expect(belfry.environment.DATABASE_URL).toMatch(/^postgresql:\/\/postgres:.*@postgres:5432\/belfry$/);
    expect(postgres.environment).toMatchObject({ POSTGRES_DB: 'belfry' });
  });

  it('has no default for what is secret, and is open to this machine only', () => {
    expect(belfry.environment.BELFRY_JWT_SECRET).toMatch(/^\$\{BELFRY_JWT_SECRET:\?/);
    expect(belfry.environment.DATABASE_URL).toMatch(/\$\{POSTGRES_PASSWORD:\?/);
    expect(postgres.environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
    expect(belfry.ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    expect(postgres.ports).toBeUndefined();
  });

  it('mounts files that are there', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':')[0] ?? '');
    expect(mounted.length).toBeGreaterThan(1);
    expect(mounted.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
