export { variableNames, type Expression } from './expression.ts';
export { parseExpression, type ParsedExpression } from './parse.ts';
export { formatExpression } from './format.ts';
export { withDefaultSeed } from './default-seed.ts';
export { compileExpression, type CompileContext, type Scope } from './compile.ts';
export { EvaluationError, isTrue, textOf, type Value } from './value.ts';
