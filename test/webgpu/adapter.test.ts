import { expect, test } from "vitest";
import { describeWebgpu, testAdapter } from "../support/webgpu.ts";

describeWebgpu("the adapter of the tests", () => {
  test("runs a compute shader and reads its result back", async () => {
    const adapter = await testAdapter();
    const device = await adapter.requestDevice();
    const code = /* wgsl */ `
      @group(0) @binding(0) var<storage, read_write> x: array<f32>;
      @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
        x[id.x] = x[id.x] * 2.0;
      }`;
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }) },
    });
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const data = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC | COPY_DST });
    const back = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
    device.queue.writeBuffer(data, 0, new Float32Array([1, 2, 3, 4]));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: data } }],
      }),
    );
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(data, 0, back, 0, 16);
    device.queue.submit([encoder.finish()]);
    await back.mapAsync(GPUMapMode.READ);
    expect([...new Float32Array(back.getMappedRange())]).toEqual([2, 4, 6, 8]);
    device.destroy();
  });
});
