export {
  batchRequestSchema,
  modes,
  recommendationRequestSchema,
  requirementsSchema,
  type BatchRequest,
  type Mode,
  type RecommendationRequest,
} from './api/recommendation-request.js'
export {
  appliedSchema,
  batchResponseSchema,
  fallbackReasons,
  modelSchema,
  recommendationResponseSchema,
  sources,
  type Applied,
  type BatchResponse,
  type FallbackReason,
  type RecommendationResponse,
  type Source,
} from './api/recommendation-response.js'
export { auditSummarySchema, capabilitiesSchema, type Capabilities } from './api/capabilities.js'
export { parametersSchema, type Parameters } from './api/parameters.js'
export { problemSchema, type Problem } from './api/problem.js'
export { registerControlPages } from './control/control-pages.js'
export {
  parseServiceConfig,
  serviceConfigSchema,
  unauditedPolicies,
  type ServiceConfig,
  type ServiceConfigInput,
  type UnauditedPolicy,
} from './config.js'
export { openApiDocument } from './openapi.js'
export { createService, type Service, type ServiceRequest } from './service.js'
export { selfCheckService, type SelfCheckServiceRequest } from './selfcheck/self-check-service.js'
