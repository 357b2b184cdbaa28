// A machine on node-opcua: PackML, job orders, a reader, alarms, history, methods, secure endpoints.
// Commanded by JSON lines on standard input; each is answered by one line of JSON.
"use strict";
const readline = require("node:readline");
const path = require("node:path");
const {
  AccessLevelFlag, BrowseDirection, DataType, DataValue, ExtensionObject, LocalizedText, MessageSecurityMode,
  OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCode, StatusCodes, Variant, VariantArrayType,
  coerceLocalizedText, nodesets, resolveNodeId, standardUnits,
} = require("node-opcua");

const URI = "urn:lineside:foreign:machine";
const options = Object.fromEntries(
  process.argv.slice(2).map((word) => word.replace(/^--/, "").split("=")).map(([key, value]) => [key, value ?? "1"]),
);

const dated = (variant, status, sourceMs) =>
  new DataValue({
    value: variant,
    statusCode: status,
    sourceTimestamp: new Date(sourceMs ?? Date.now()),
    serverTimestamp: new Date(),
  });

// ------------------------------------------------------------------------------------------------ the machine
class Machine {
  constructor(server) {
    this.server = server;
    this.space = server.engine.addressSpace;
    this.own = this.space.registerNamespace(URI);
    this.nodes = new Map();
    this.calls = { add: 0, start_cycle: 0 };
    this.skewMs = Number(options.skew_ms ?? 0);
    this.object = this.own.addObject({
      nodeId: "s=Machine", browseName: "Machine", organizedBy: this.space.rootFolder.objects, eventNotifier: 1,
      notifierOf: this.space.rootFolder.objects.server,
    });
    if (!options.no_refresh) this.space.installAlarmsAndConditionsService();
    this.variables();
    this.methods();
    this.alarms();
    this.companions();
  }

  variable(name, dataType, value, more = {}) {
    const kind = { nodeId: `s=${name}`, browseName: name, componentOf: this.object, dataType, ...more };
    const node = more.engineeringUnitsRange ? this.own.addAnalogDataItem(kind) : this.own.addVariable(kind);
    node.setValueFromSource(new Variant({ dataType, value }), StatusCodes.Good, new Date(Date.now() + this.skewMs));
    this.nodes.set(name, node);
    return node;
  }

  variables() {
    const rw = "CurrentRead | CurrentWrite";
    this.variable("Count", "Int32", 1, { accessLevel: "CurrentRead | CurrentWrite | HistoryRead" });
    this.variable("Speed", "Double", 1.5, {
      engineeringUnitsRange: { low: 0, high: 60 }, engineeringUnits: standardUnits.degree_celsius,
      accessLevel: "CurrentRead | CurrentWrite | HistoryRead",
    });
    this.variable("Name", "String", "A");
    this.variable("Setpoint", "Double", 20, { accessLevel: rw, userAccessLevel: rw });
    this.variable("Coarse", "Float", 1, { accessLevel: rw, userAccessLevel: rw });
    this.variable("Fixed", "Int32", 7, { accessLevel: "CurrentRead" });
    this.variable("Temperature", "Double", 20, { eventSourceOf: this.object });
    this.space.installHistoricalDataNode(this.nodes.get("Count"), { maxOnlineValues: 10000 });
    this.space.installHistoricalDataNode(this.nodes.get("Speed"), { maxOnlineValues: 10000 });
    const setpoint = this.nodes.get("Setpoint");
    this.writes = [];
    let held = 20;
    setpoint.bindVariable({
      timestamped_get: () => dated(new Variant({ dataType: DataType.Double, value: held }), StatusCodes.Good),
      timestamped_set: async (value) => {
        this.writes.push(value.value.value);
        this.written = { value: value.value.value, has_status: value.statusCode.value !== 0 };
        held = Math.min(100, Number(value.value.value));
        return held < value.value.value ? StatusCodes.GoodClamped : StatusCodes.Good;
      },
    }, true);
  }

  methods() {
    const double = (name) => ({ name, dataType: DataType.Double, description: { text: name } });
    const add = (name, inputs, outputs, act) => {
      const method = this.own.addMethod(this.object, {
        nodeId: `s=${name}`, browseName: name, inputArguments: inputs, outputArguments: outputs,
      });
      method.bindMethod(act);
    };
    add("Add", [double("a"), double("b")], [double("sum")], (inputs, _context, answer) => {
      this.calls.add += 1;
      const sum = inputs[0].value + inputs[1].value;
      answer(null, { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.Double, value: sum }] });
    });
    add("Doubtful", [], [{ name: "ReturnStatus", dataType: DataType.UInt64 }], (_inputs, _context, answer) => {
      answer(null, {
        statusCode: StatusCodes.Uncertain, outputArguments: [{ dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value: [0, 9] }],
      });
    });
    add("StartCycle", [], [], (_inputs, _context, answer) => {
      this.calls.start_cycle += 1;
      answer(null, { statusCode: StatusCodes.BadInternalError, outputArguments: [] });
    });
  }

  alarms() {
    this.condition = this.own.instantiateNonExclusiveLimitAlarm("NonExclusiveLimitAlarmType", {
      nodeId: "s=TemperatureAlarm", browseName: "TemperatureAlarm", conditionSource: this.nodes.get("Temperature"),
      componentOf: this.object, conditionName: "TemperatureHigh", conditionClass: "ProcessConditionClassType",
      inputNode: this.nodes.get("Temperature"), highHighLimit: 90, highLimit: 70, lowLimit: -10, lowLowLimit: -20,
      optionals: [
        "ConfirmedState", "Confirm", "ShelvingState", "ShelvingState.Unshelve", "ShelvingState.TimedShelve",
        "ShelvingState.OneShotShelve", "MaxTimeShelved", "SuppressedState",
      ],
    });
    this.condition.shelvingState.setState("Unshelved");
    this.condition.conditionName.setValueFromSource({ dataType: "String", value: "TemperatureHigh" });
  }

  companions() {
    const type = (uri, name) => this.space.findObjectType(name, this.space.getNamespaceIndex(uri));
    const ua = "http://opcfoundation.org/UA/";
    const make = (uri, kind, browseName, more = {}) =>
      type(ua + uri, kind).instantiate({
        nodeId: `s=${browseName}`, browseName, namespace: this.own, componentOf: this.object, ...more,
      });
    this.packml = make("PackML/", "PackMLBaseObjectType", "Press", {
      optionals: [
        "Admin.ProdProcessedCount", "Admin.ProdConsumedCount", "Admin.ProdDefectiveCount", "Admin.AccTimeSinceReset",
        "Admin.MachDesignSpeed", "Admin.StopReason", "Status.UnitModeCurrent",
      ],
    });
    this.packmlIndex = this.space.getNamespaceIndex(ua + "PackML/");
    const machines = this.space.rootFolder.objects.getFolderElementByName("Machines");
    const machine = this.own.addObject({ nodeId: "s=Press12", browseName: "Press12", organizedBy: machines });
    type(ua + "Machinery/", "MachineIdentificationType").instantiate({
      nodeId: "s=Press12.Identification", browseName: { name: "Identification", namespaceIndex: this.space.getNamespaceIndex(ua + "DI/") },
      namespace: this.own, componentOf: machine, optionals: ["Model"],
    });
    this.reader = make("AutoID/", "OpticalReaderDeviceType", "Reader", {
      optionals: ["LastScanData", "LastScanTimestamp", "ScanStart", "ScanStop"], eventSourceOf: this.object,
    });
    this.jobs = make("ISA95-JOBCONTROL_V2/", "ISA95JobOrderReceiverObjectType", "Orders", {
      optionals: ["Store", "StoreAndStart", "Start", "Stop", "Pause", "Resume", "Update", "Abort", "Cancel", "Clear"],
    });
    this.responses = make("ISA95-JOBCONTROL_V2/", "ISA95JobResponseProviderObjectType", "Responses", {});
    this.bindJobs(ua + "ISA95-JOBCONTROL_V2/");
  }

  // Job control as the specification has it: Uncertain with a bit map when an order is not taken.
  bindJobs(uri) {
    const orders = new Map();
    const index = this.space.getNamespaceIndex(uri);
    const states = { AllowedToStart: 2, NotAllowedToStart: 1, Running: 3, Interrupted: 4, Ended: 5, Aborted: 6 };
    this.orders = orders;
    const show = () => {
      const list = [...orders.values()].map((each) => this.space.constructExtensionObject(
        this.space.findDataType("ISA95JobOrderAndStateDataType", index),
        { jobOrder: each.order, state: [this.state(index, each.state, states[each.state])] },
      ));
      this.space.findNode(this.jobs.nodeId).getChildByName("JobOrderList", index).setValueFromSource({
        dataType: "ExtensionObject", arrayType: VariantArrayType.Array, value: list,
      });
    };
    const answer = (bits) => ({
      statusCode: bits === 1 ? StatusCodes.Good : StatusCodes.Uncertain,
      outputArguments: [{ dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value: [0, bits] }],
    });
    const bind = (name, act) => {
      const method = this.jobs.getMethodByName(name, index);
      if (method) method.bindMethod((inputs, _context, done) => done(null, answer(act(inputs))));
    };
    const take = (state) => (inputs) => {
      const order = inputs[0].value;
      if (!order || !order.jobOrderID) return 9;
      if (orders.has(order.jobOrderID)) return 9;
      orders.set(order.jobOrderID, { order, state });
      show();
      return 1;
    };
    const move = (from, to) => (inputs) => {
      const known = orders.get(inputs[0].value);
      if (!known) return 2;
      if (from.length && !from.includes(known.state)) return 8;
      known.state = to;
      show();
      return 1;
    };
    bind("Store", take("AllowedToStart"));
    bind("StoreAndStart", take("Running"));
    bind("Start", move(["AllowedToStart", "NotAllowedToStart"], "Running"));
    bind("Pause", move(["Running"], "Interrupted"));
    bind("Resume", move(["Interrupted"], "Running"));
    bind("Stop", move(["Running", "Interrupted"], "Ended"));
    bind("Abort", move([], "Aborted"));
    bind("Cancel", (inputs) => (orders.delete(inputs[0].value) ? (show(), 1) : 2));
    bind("Clear", (inputs) => (orders.delete(inputs[0].value) ? (show(), 1) : 2));
    show();
    const request = this.responses.getMethodByName("RequestJobResponseByJobOrderID", index);
    request.bindMethod((inputs, _context, done) => {
      const known = orders.get(inputs[0].value);
      const response = this.space.constructExtensionObject(
        this.space.findDataType("ISA95JobResponseDataType", index),
        {
          jobResponseID: `R-${inputs[0].value}`, jobOrderID: inputs[0].value,
          startTime: new Date(Date.UTC(2026, 0, 1)), endTime: new Date(Date.UTC(2026, 0, 2)),
          jobState: [this.state(index, known ? known.state : "Ended", 5)],
        },
      );
      done(null, {
        statusCode: known ? StatusCodes.Good : StatusCodes.Uncertain,
        outputArguments: [
          { dataType: DataType.ExtensionObject, value: response },
          { dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value: [0, known ? 1 : 2] },
        ],
      });
    });
  }

  state(index, text, number) {
    return this.space.constructExtensionObject(this.space.findDataType("ISA95StateDataType", index), {
      stateText: coerceLocalizedText(text), stateNumber: number,
    });
  }

  // ------------------------------------------------------------------------------------------------ commands
  write({ node, value, kind = "Int32", status = 0, source_time }) {
    const moment = source_time ? new Date(source_time) : new Date(Date.now() + this.skewMs);
    const code = status ? StatusCode.makeStatusCode(StatusCodes.Good, 0) : StatusCodes.Good;
    const given = status ? statusOf(status) ?? code : code;
    this.nodes.get(node).setValueFromSource(new Variant({ dataType: kind, value }), given, moment);
  }

  add({ count, every_ms = 100, per_tick }) {
    const folder = this.own.addObject({ nodeId: "s=Many", browseName: "Many", componentOf: this.object });
    const many = [];
    for (let number = 0; number < count; number += 1) {
      const node = this.own.addVariable({
        nodeId: `s=Many.${number}`, browseName: `Many${number}`, organizedBy: folder, dataType: "Float",
      });
      node.setValueFromSource({ dataType: "Float", value: number });
      many.push(node);
    }
    let tick = 0;
    const timer = setInterval(() => {
      tick += 1;
      const now = new Date();
      for (let n = 0; n < (per_tick ?? count); n += 1) {
        many[(tick * (per_tick ?? count) + n) % count].setValueFromSource(
          { dataType: "Float", value: tick % 65536 }, StatusCodes.Good, now);
      }
    }, every_ms);
    timer.unref();
  }

  // A reader's event: labels as text or bytes, radio tags as text, bytes or EPC; several results in one event.
  scan({ codes, radio = false, code_type = "RAW:STRING" }) {
    const index = this.space.getNamespaceIndex("http://opcfoundation.org/UA/AutoID/");
    const kind = this.space.findDataType(radio ? "RfidScanResult" : "OpticalScanResult", index);
    const results = codes.map(({ text, hex, epc }) => this.space.constructExtensionObject(kind, {
      codeType: code_type, timestamp: new Date(), ...(radio ? { sighting: [] } : { symbology: "Code128" }),
      scanData: text !== undefined ? { string: text }
        : hex !== undefined ? { byteString: Buffer.from(hex, "hex") }
        : epc !== undefined ? { epc: { pC: 0x3000, uId: Buffer.from(epc, "hex"), xPC_W1: 0, xPC_W2: 0 } }
        : { custom: new Variant({ dataType: "Int32", value: 1 }) },
    }));
    this.object.raiseEvent(this.space.findEventType(radio ? "RfidScanEventType" : "OpticalScanEventType", index), {
      scanResult: { dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array, value: results },
      message: { dataType: "LocalizedText", value: { text: "read" } },
      sourceName: { dataType: "String", value: "Reader" },
    });
  }

  // PackML says its state in three nested machines; only the deepest that is on counts.
  setState({ base, machine, execute }) {
    const text = (value) => ({ dataType: "LocalizedText", value: { text: value ?? "" } });
    const top = this.packml.getComponentByName("BaseStateMachine", this.packmlIndex);
    const middle = top.getComponentByName("MachineState", this.packmlIndex);
    const low = middle.getComponentByName("ExecuteState", this.packmlIndex);
    for (const [of, value] of [[low, execute], [middle, machine], [top, base]]) {
      of.getComponentByName("CurrentState", 0).setValueFromSource(text(value));
    }
  }

  setCounts({ count, total }) {
    const type = this.space.findDataType("PackMLCountDataType", this.packmlIndex);
    const made = this.space.constructExtensionObject(type, {
      ID: 1, Name: "Ring", Count: count, AccCount: total,
      Unit: { namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact", unitId: 1, displayName: { text: "pcs" } },
    });
    this.packml.getComponentByName("Admin", this.packmlIndex)
      .getComponentByName("ProdProcessedCount", this.packmlIndex)
      .setValueFromSource({ dataType: "ExtensionObject", arrayType: VariantArrayType.Array, value: [made] });
  }

  obey(command) {
    switch (command.do) {
      case "write": this.write(command); return {};
      case "burst":
        for (let value = 0; value < command.count; value += 1) this.write({ ...command, value });
        return {};
      case "many": this.add(command); return {};
      case "state": this.setState(command); return {};
      case "counts": this.setCounts(command); return {};
      case "scan": this.scan(command); return {};
      case "told": return { ...this.calls, written: this.written ?? null, writes: this.writes, orders: [...this.orders.keys()] };
      case "retain":
        this.condition.retain.setValueFromSource({ dataType: "Boolean", value: command.value });
        return {};
      default: return { error: `no command ${command.do}` };
    }
  }
}

function statusOf(value) {
  const found = Object.values(StatusCodes).find((each) => each.value === value);
  return found ?? StatusCode.makeStatusCode(
    Object.values(StatusCodes).find((each) => each.value === ((value & 0xffff0000) >>> 0)) ?? StatusCodes.Good,
    value & 0xffff,
  );
}

// ------------------------------------------------------------------------------------------------ the server
async function main() {
  const certificates = new OPCUACertificateManager({
    rootFolder: path.resolve(options.pki ?? "pki"), automaticallyAcceptUnknownCertificate: true,
  });
  const users = options.password
    ? { isValidUser: (name, password) => name === "terminal" && password === options.password }
    : undefined;
  const server = new OPCUAServer({
    port: Number(options.port), hostname: "127.0.0.1", allowAnonymous: !options.password,
    serverCertificateManager: certificates, userManager: users,
    userCertificateManager: certificates,
    securityPolicies: [
      SecurityPolicy.None, SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep,
      SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    nodeset_filename: [
      nodesets.standard, nodesets.di, nodesets.ia, nodesets.packML, nodesets.machinery, nodesets.isa95JobControl,
      nodesets.machineryJobs, nodesets.autoId,
    ],
    serverInfo: { applicationUri: "urn:lineside:foreign:server", applicationName: { text: "Foreign" } },
    serverCapabilities: { maxMonitoredItems: 20000, maxMonitoredItemsPerSubscription: 20000 },
    registerServerMethod: 1,
  });
  await server.initialize();
  const machine = new Machine(server);
  await server.start();
  const lines = readline.createInterface({ input: process.stdin });
  process.stdout.write("ready\n");
  lines.on("line", (line) => {
    let told;
    try {
      told = machine.obey(JSON.parse(line));
    } catch (error) {
      told = { error: String(error.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
  lines.on("close", () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
