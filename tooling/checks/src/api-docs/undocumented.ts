import { ReflectionKind, type DeclarationReflection, type ProjectReflection, type SignatureReflection } from 'typedoc';

/** Files of names that are the manual's own, or mnemonics: the comment at the top, or that of the class, speaks for all of them. */
const FAMILIES: readonly RegExp[] = [
  /\/x86\/src\/definitions\//,
  /\/x86-semantics\/src\/vp\/lanes\.ts$/,
  /\/x86-semantics\/src\/flags\/kinds\.ts$/,
  /\/x86-semantics\/src\/ir\/builder\.ts$/,
  /\/x86-semantics\/src\/ir\/nodes\.ts$/,
  /\/x86-semantics\/src\/vp\/operation\.ts$/,
  /\/x86-semantics\/src\/emit-js\//,
  /\/conformance\/src\/assembler\//,
];

/** What must have a docstring. A field is told by its name and type, and by its interface's docstring; where that is not enough, it has its own. */
const KINDS: number = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.TypeAlias | ReflectionKind.Variable | ReflectionKind.Function | ReflectionKind.Method | ReflectionKind.Accessor;

/** Every public symbol without a docstring, with its place. Members of classes and interfaces that are functions count as symbols. */
export function undocumented(project: ProjectReflection): string[] {
  const missing = new Set<string>();
  for (const reflection of project.getReflectionsByKind(KINDS) as DeclarationReflection[]) {
    const place = reflection.sources?.[0];
    if (place === undefined || isDocumented(reflection) || isOptionalName(reflection, place.fullFileName)) continue;
    missing.add(`${place.fileName}:${place.line}: ${reflection.getFullName()} has no docstring`);
  }
  return [...missing].sort();
}

function isDocumented(reflection: DeclarationReflection): boolean {
  const parts: (SignatureReflection | undefined)[] = [...(reflection.signatures ?? []), reflection.getSignature, reflection.setSignature];
  return [reflection, ...parts].some((part) => part?.hasComment() === true);
}

function isOptionalName(reflection: DeclarationReflection, file: string): boolean {
  if (file.includes('/node_modules/')) return true;
  const isMember = reflection.parent?.kindOf(ReflectionKind.ClassOrInterface) === true;
  // A symbol that the language calls, and a type in the middle of another.
  if (reflection.name.startsWith('[') || (!isMember && reflection.parent?.kindOf(ReflectionKind.SomeModule | ReflectionKind.Project) !== true)) return true;
  return FAMILIES.some((family) => family.test(file)) && (isMember || reflection.kindOf(ReflectionKind.Variable | ReflectionKind.TypeAlias));
}
