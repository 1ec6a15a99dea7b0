export const requireBanner: string;
